import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { COPIES_SIZE, encodeHeader, readHeader, type Header } from './luks2/header.ts';
import { StateDisk } from './state-disk.ts';
import { GRANT, KNOWN, NEXT, placeIn } from './testing/file-disk.ts';

let folder: string;
let device: string;
let disk: StateDisk;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-disk-'));
  const place = placeIn(folder);
  device = place.device;
  disk = new StateDisk(place);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes both copies anew, with checksums that fit, as a host can. @returns the whole disk then */
async function rewrite(change: (header: Header) => Header): Promise<Buffer> {
  const bytes = readFileSync(device);
  const found = await readHeader(bytes.subarray(0, COPIES_SIZE), { integrity: false });
  if (found.kind !== 'header') throw new Error(found.kind);
  bytes.set(await encodeHeader(change(found.header), (length) => new Uint8Array(length)));
  writeFileSync(device, bytes);
  return bytes;
}

it('S26 refuses a sequence number that leaves none for the next header', async () => {
  await disk.open(GRANT);
  const bytes = await rewrite((header) => ({ ...header, sequence: 0xffff_ffff_ffff_ffffn }));
  await expect(disk.open(KNOWN)).rejects.toMatchObject({ code: 'state-disk-header-malformed' });
  expect(readFileSync(device).equals(bytes)).toBe(true);
});

it('S26 retires nothing by a token that names the keyslots of others as its own', async () => {
  await disk.open(GRANT);
  await disk.open({ ...KNOWN, next: NEXT });
  const bytes = await rewrite(({ metadata, ...header }) => {
    const all = Object.keys(metadata.keyslots);
    const tokens = Object.entries(metadata.tokens).map(([id, token]) => [id, { ...token, keyslots: all }]);
    return { ...header, metadata: { ...metadata, tokens: Object.fromEntries(tokens) } };
  });
  await expect(disk.retireOtherKeys(2)).rejects.toMatchObject({ code: 'state-disk-token-wrong' });
  expect(readFileSync(device).equals(bytes)).toBe(true);
});
