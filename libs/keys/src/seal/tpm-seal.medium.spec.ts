import { flushLeftovers, Tpm } from '@asterism/tpm';
import {
  createSoftwareTpm,
  openTpmUnixSocket,
  startSoftwareTpm,
  type SoftwareTpm,
} from '@asterism/tpm-device';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKek, openKek } from './kek.ts';
import { tpmSeal } from './tpm-seal.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));

describe('tpmSeal', () => {
  let folder: string;
  const machines: SoftwareTpm[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-seal-'));
    const certificateAuthority = { directory: join(folder, 'authority') };
    for (const name of ['own', 'other']) {
      const directory = join(folder, name);
      await createSoftwareTpm({ directory, certificateAuthority });
      machines.push(await startSoftwareTpm({ directory }));
    }
  });

  afterAll(async () => {
    for (const machine of machines) await machine.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function on<Result>(machine: number, work: (tpm: Tpm) => Promise<Result>): Promise<Result> {
    const tpm = new Tpm(await openTpmUnixSocket(machines[machine]?.dataSocket ?? ''));
    try {
      await flushLeftovers(tpm);
      return await work(tpm);
    } finally {
      await tpm.close();
    }
  }

  it('opens on the TPM that sealed, also after a reboot', async () => {
    const { kek, sealed } = await on(0, (tpm) => createKek(tpmSeal(tpm), random));
    await machines[0]?.reboot();
    expect(await on(0, (tpm) => openKek(tpmSeal(tpm), sealed))).toEqual(kek);
  });

  it('S25 does not open on another TPM, altered, or with another PCR 7', async () => {
    const { sealed } = await on(0, (tpm) => createKek(tpmSeal(tpm), random));
    const altered = sealed.map((byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte));
    await expect(on(1, (tpm) => openKek(tpmSeal(tpm), sealed))).rejects.toMatchObject({ code: 'seal-wrong' });
    await expect(on(0, (tpm) => openKek(tpmSeal(tpm), altered))).rejects.toMatchObject({
      code: 'seal-wrong',
    });
    await on(0, (tpm) => tpm.pcrExtend(7, new Map([['sha256', random(32)]])));
    await expect(on(0, (tpm) => openKek(tpmSeal(tpm), sealed))).rejects.toMatchObject({ code: 'seal-wrong' });
  });

  it('tells what no TPM sealed, and a TPM that is gone', async () => {
    await expect(on(0, (tpm) => openKek(tpmSeal(tpm), random(61)))).rejects.toMatchObject({
      code: 'seal-malformed',
    });
    const { sealed } = await on(1, (tpm) => createKek(tpmSeal(tpm), random));
    const tpm = new Tpm(await openTpmUnixSocket(machines[1]?.dataSocket ?? ''));
    await machines[1]?.stop();
    await expect(openKek(tpmSeal(tpm), sealed)).rejects.toMatchObject({ code: 'seal-unavailable' });
    await tpm.close();
  });
});
