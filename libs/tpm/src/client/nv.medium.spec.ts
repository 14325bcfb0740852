import { LargeNv, softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNvCertificates } from './certificate-index.ts';
import { defineNv, hasNv, NV_ATTRIBUTE, readNv, undefineNv, writeNv } from './nv.ts';
import { Tpm } from './tpm.ts';

const INDEX = 0x0180_1234;
const OWNER = NV_ATTRIBUTE.ownerRead | NV_ATTRIBUTE.ownerWrite;
const SELF = NV_ATTRIBUTE.authRead | NV_ATTRIBUTE.authWrite;
/** Over several commands. */
const DATA = new Uint8Array(1300).map((_, at) => at % 251);

let tpms: SoftwareTpms;
let tpm: Tpm;
let socket: string;
beforeAll(async () => {
  tpms = await softwareTpms();
  socket = (await tpms.start('a')).dataSocket;
  tpm = new Tpm(await openTpmUnixSocket(socket));
});
afterAll(async () => {
  await tpm.close();
  await tpms.remove();
});

describe('NV indices', () => {
  it.each([
    ['the owner', OWNER],
    ['the index itself', SELF],
  ])('are defined, written, read and removed, authorised by %s', async (_, attributes) => {
    expect(await hasNv(tpm, INDEX)).toBe(false);
    await defineNv(tpm, { index: INDEX, size: DATA.length, attributes });
    await expect(readNv(tpm, INDEX)).rejects.toMatchObject({ responseName: 'TPM_RC_NV_UNINITIALIZED' });
    await writeNv(tpm, INDEX, DATA);
    expect(await hasNv(tpm, INDEX)).toBe(true);
    expect(await readNv(tpm, INDEX)).toEqual(DATA);
    await undefineNv(tpm, INDEX);
    expect(await hasNv(tpm, INDEX)).toBe(false);
    await expect(readNv(tpm, INDEX)).rejects.toMatchObject({ code: 'command-failed' });
  });

  it('are not read where they are larger than any that is known', async () => {
    const large = new Tpm(new LargeNv(await openTpmUnixSocket(socket)));
    await defineNv(large, { index: INDEX, size: 16_385, attributes: OWNER });
    await expect(readNv(large, INDEX)).rejects.toMatchObject({ code: 'too-large' });
    await large.close();
  });

  it('hold certificates with padding behind them, or none', async () => {
    expect(await readNvCertificates(tpm, INDEX)).toEqual([]);
    const certificate = new Uint8Array(300).fill(7);
    certificate.set([0x30, 0x82, 296 >> 8, 296 & 0xff]);
    await defineNv(tpm, { index: INDEX, size: 400, attributes: OWNER });
    await writeNv(tpm, INDEX, Uint8Array.of(...certificate, ...new Uint8Array(100)));
    expect(await readNvCertificates(tpm, INDEX)).toEqual([certificate]);
    await undefineNv(tpm, INDEX);
  });
});
