import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { openTpmUnixSocket, type SoftwareTpm } from '@asterism/tpm-device';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flushLeftovers } from './flush-leftovers.ts';
import { createEk } from './keys.ts';
import { Tpm } from './tpm.ts';

let tpms: SoftwareTpms;
let device: SoftwareTpm;
beforeAll(async () => {
  tpms = await softwareTpms();
  device = await tpms.start('leftovers');
});
afterAll(() => tpms.remove());

it.each(['hmac', 'policy'] as const)(
  'frees the places of %s sessions that a killed process left',
  async (type) => {
    for (let crashes = 0; crashes < 5; crashes++) {
      const tpm = new Tpm(await openTpmUnixSocket(device.dataSocket));
      await flushLeftovers(tpm);
      const ek = await createEk(tpm, 'L-2');
      await tpm.startSession(type, ek);
      await tpm.close();
    }
  },
);

it('leaves what is persistent where it is', async () => {
  const tpm = new Tpm(await openTpmUnixSocket(device.dataSocket));
  const before = await tpm.listHandles(0x81000000);
  expect(before.length).toBeGreaterThan(0);
  await flushLeftovers(tpm);
  expect(await tpm.listHandles(0x81000000)).toEqual(before);
  await tpm.close();
});
