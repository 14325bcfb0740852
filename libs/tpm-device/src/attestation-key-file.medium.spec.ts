import { toHex } from '@asterism/bytes';
import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { flushLeftovers, Tpm } from '@asterism/tpm';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAttestationKey } from './attestation-key-file.ts';
import type { SoftwareTpm } from './start-software-tpm.ts';
import { openTpmUnixSocket } from './stream.ts';

let tpms: SoftwareTpms;
let device: SoftwareTpm;
let tpm: Tpm;
let directory: string;
const file = () => join(directory, 'attestation-key.json');

beforeAll(async () => {
  tpms = await softwareTpms();
  device = await tpms.start('keys');
});
afterAll(() => tpms.remove());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'asterism-ak-'));
  tpm = new Tpm(await openTpmUnixSocket(device.dataSocket));
});
afterEach(async () => {
  await flushLeftovers(tpm);
  await tpm.close();
  await rm(directory, { recursive: true });
});

/** Opens the key, gives its place back, and says which key it was. */
async function open(): Promise<{ readonly key: string; readonly created: boolean }> {
  const { key, created } = await openAttestationKey(tpm, file());
  await tpm.flush(key);
  return { key: toHex(key.publicArea), created };
}

describe('openAttestationKey', () => {
  it('makes a key once and finds it again, in a file that only its owner reads', async () => {
    const first = await open();
    expect(first.created).toBe(true);
    expect(await open()).toEqual({ key: first.key, created: false });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['attestation-key.json']);
  });

  it.each([
    ['empty', () => ''],
    ['cut off', (text: string) => text.slice(0, 40)],
    ['of another kind', (text: string) => text.replace('attestation-key/v1', 'attestation-key/v2')],
    ['null', () => 'null'],
    ['not base64url', (text: string) => text.replace('"private":"', '"private":"*')],
    [
      'altered',
      (text: string) =>
        text.replace(
          /"private":"(.{40})(.)/,
          (_, head: string, one: string) => `"private":"${head}${one === 'A' ? 'B' : 'A'}`,
        ),
    ],
  ])('makes a new key where the file is %s', async (_, spoil) => {
    const first = await open();
    await writeFile(file(), spoil(await readFile(file(), 'utf8')));
    const second = await open();
    expect(second).toMatchObject({ created: true });
    expect(second.key).not.toBe(first.key);
    expect(await open()).toEqual({ key: second.key, created: false });
  });

  it('makes a new key where the file is another TPM’s', async () => {
    const other = new Tpm(await openTpmUnixSocket((await tpms.start('other')).dataSocket));
    const { key } = await openAttestationKey(other, file());
    await other.close();
    const own = await open();
    expect(own.created).toBe(true);
    expect(own.key).not.toBe(toHex(key.publicArea));
  });

  it('keeps the file when the TPM is out of reach: that says nothing about the key', async () => {
    await open();
    const before = await readFile(file(), 'utf8');
    const closed = new Tpm(
      await openTpmUnixSocket(device.dataSocket).then(async (transport) => {
        await transport.close();
        return transport;
      }),
    );
    await expect(openAttestationKey(closed, file())).rejects.toMatchObject({ code: 'connection-lost' });
    expect(await readFile(file(), 'utf8')).toBe(before);
  });
});
