import { sha256, toHex, type Bytes } from '@asterism/bytes';
import { LargeNv, softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import {
  createAk,
  decodePublic,
  defineNv,
  encodePublic,
  flushLeftovers,
  loadAk,
  NV_ATTRIBUTE,
  quote,
  Tpm,
  toSpki,
  undefineNv,
  writeNv,
} from '@asterism/tpm';
import { parseCertificate } from '@asterism/x509';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasHclReport, readAzureAk, readAzureAkCertificates, readHclReport } from './azure.ts';
import { createGoogleAk, hasGoogleAk } from './google.ts';

const VECTORS = process.env.ASTERISM_VECTORS ?? join(import.meta.dirname, '../../../../../shared/vectors');
const AZURE = join(VECTORS, 'azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03');
const READABLE = NV_ATTRIBUTE.ownerRead | NV_ATTRIBUTE.ownerWrite;

let tpms: SoftwareTpms;
let socket: string;
let tpm: Tpm;
const defined: number[] = [];
beforeAll(async () => {
  tpms = await softwareTpms();
  socket = (await tpms.start('a')).dataSocket;
});
afterAll(() => tpms.remove());
beforeEach(async () => {
  tpm = new Tpm(new LargeNv(await openTpmUnixSocket(socket)));
});
afterEach(async () => {
  for (const index of defined.splice(0)) await undefineNv(tpm, index);
  await flushLeftovers(tpm);
  await tpm.close();
});

/** Loads the vTPM with what a cloud's holds. */
async function load(index: number, contents: Uint8Array): Promise<void> {
  await defineNv(tpm, { index, size: contents.length, attributes: READABLE });
  defined.push(index);
  await writeNv(tpm, index, contents);
}

describe("Azure's vTPM", () => {
  it.skipIf(!existsSync(AZURE))(
    'gives HCL report and AK certificate as recorded (needs the vectors)',
    async () => {
      const hclReport = await readFile(join(AZURE, 'hcl-report.bin'));
      await load(0x0140_0001, hclReport);
      await load(0x01c1_01d0, await readFile(join(AZURE, 'ak-cert-as-read-from-nv.bin')));
      expect(await hasHclReport(tpm)).toBe(true);
      expect(Buffer.from(await readHclReport(tpm))).toEqual(hclReport);
      const [certificate] = await readAzureAkCertificates(tpm);
      expect(Buffer.from(certificate ?? [])).toEqual(await readFile(join(AZURE, 'ak-cert.der')));
      expect(parseCertificate(certificate ?? new Uint8Array()).subject.der.length).toBeGreaterThan(2);
    },
  );

  it('has its key where Azure persists it, and quotes with it', async () => {
    await expect(readAzureAk(tpm)).rejects.toMatchObject({ code: 'unavailable', want: '0x81000003' });
    const transient = await loadAk(tpm, await createAk(tpm, { type: 'rsa' }));
    await tpm.evictControl(transient, 0x8100_0003);
    await tpm.flush(transient);
    const ak = await readAzureAk(tpm);
    expect(ak.publicArea).toEqual(transient.publicArea);
    expect((await quote(tpm, ak, new Uint8Array(32), { bank: 'sha256', pcrs: [15] })).pcrs.size).toBe(1);
    await tpm.flush(ak); // stays where it is
    expect((await readAzureAk(tpm)).handle).toBe(0x8100_0003);
    await tpm.evictControl(ak, 0x8100_0003);
  });

  it('says what is not there', async () => {
    expect(await hasHclReport(tpm)).toBe(false);
    expect(await readAzureAkCertificates(tpm)).toEqual([]);
    await expect(readHclReport(tpm)).rejects.toMatchObject({ code: 'unavailable', want: '0x01400001' });
  });
});

describe("Google's vTPM", () => {
  /** A template as Google leaves it: the public area of a key, without the key. */
  async function template(type: 'ecc' | 'rsa'): Promise<Bytes> {
    const area = decodePublic((await createAk(tpm, { type })).public);
    if (area.type === 'ecc') return encodePublic({ ...area, x: new Uint8Array(), y: new Uint8Array() });
    if (area.type === 'rsa') return encodePublic({ ...area, modulus: new Uint8Array() });
    throw new Error('no such key');
  }
  const certificate = Uint8Array.of(0x30, 0x82, 0, 4, 1, 2, 3, 4);

  it('makes the same key at each call, with the certificate beside the template', async () => {
    await load(0x01c1_0003, await template('ecc'));
    await load(0x01c1_0002, certificate);
    const one = await createGoogleAk(tpm);
    const two = await createGoogleAk(tpm);
    expect(one.certificates).toEqual([certificate]);
    expect(one.key.public.type).toBe('ecc');
    expect(toHex(await sha256(toSpki(one.key.public)))).toBe(toHex(await sha256(toSpki(two.key.public))));
    expect((await quote(tpm, one.key, new Uint8Array(32), { bank: 'sha256', pcrs: [0] })).pcrs.size).toBe(1);
  });

  it('takes the key that is certified', async () => {
    await load(0x01c1_0003, await template('ecc'));
    await load(0x01c1_0001, await template('rsa'));
    await load(0x01c1_0000, certificate);
    const { key, certificates } = await createGoogleAk(tpm);
    expect(key.public.type).toBe('rsa');
    expect(certificates).toEqual([certificate]);
  });

  it('gives a key without a certificate where Google made none', async () => {
    await load(0x01c1_0003, await template('ecc'));
    expect(await hasGoogleAk(tpm)).toBe(true);
    expect((await createGoogleAk(tpm)).certificates).toEqual([]);
  });

  it('says that there is no template', async () => {
    expect(await hasGoogleAk(tpm)).toBe(false);
    await expect(createGoogleAk(tpm)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
