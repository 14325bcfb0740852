import { concat } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import { sampleHeader, zeros } from '../testing/sample-header.ts';
import { encodeCopy, HEADER_SIZE, type HeaderText } from './binary-header.ts';
import { COPIES_SIZE, encodeHeader, readHeader } from './header.ts';

const WHITELIST = { integrity: true };
const read = (bytes: Uint8Array) => readHeader(bytes, WHITELIST);
const textOf = (change: Partial<HeaderText> = {}): HeaderText => {
  const { uuid, sequence, metadata } = sampleHeader();
  return { uuid, sequence, json: JSON.stringify(metadata), ...change };
};
const both = async (first: Partial<HeaderText>, second: Partial<HeaderText>) =>
  concat(
    await encodeCopy(textOf(first), 'primary', zeros(64)),
    await encodeCopy(textOf(second), 'secondary', zeros(64)),
  );
const otherUuid = '00000000-0000-4000-8000-000000000000';

describe('a header', () => {
  it('is read as it was written', async () => {
    const bytes = await encodeHeader(sampleHeader(), zeros);
    expect(bytes.length).toBe(COPIES_SIZE);
    expect(await read(bytes)).toEqual({ kind: 'header', header: sampleHeader() });
  });

  it('counts by the copy with the higher sequence number, the first where both have one', async () => {
    const uuidOf = async (bytes: Uint8Array) => {
      const found = await read(bytes);
      return found.kind === 'header' ? found.header.uuid : found.kind;
    };
    expect(await uuidOf(await both({}, { uuid: otherUuid, sequence: 4n }))).toBe(otherUuid);
    expect(await uuidOf(await both({ uuid: otherUuid, sequence: 4n }, {}))).toBe(otherUuid);
    expect(await uuidOf(await both({ uuid: otherUuid }, {}))).toBe(otherUuid);
  });

  it('S34 counts by the other copy where one was cut short', async () => {
    const whole = await both({ sequence: 4n }, {});
    for (const torn of [1, 512, 4096, HEADER_SIZE - 1]) {
      for (const start of [0, HEADER_SIZE]) {
        const bytes = whole.slice();
        bytes.fill(0xee, start + torn - 1, start + torn);
        expect(await read(bytes)).toMatchObject({ kind: 'header' });
      }
    }
  });

  it('S26 does not fall back to an older copy where the newer is refused by the whitelist', async () => {
    const json = textOf().json.replaceAll('aes-xts-plain64', 'cipher_null-ecb');
    const found = await read(await both({}, { sequence: 4n, json }));
    expect(found).toMatchObject({ kind: 'refused', error: { code: 'state-disk-header-refused' } });
  });

  it('is none where neither copy begins like one', async () => {
    expect(await read(zeros(COPIES_SIZE))).toEqual({ kind: 'none' });
    expect(await read(new Uint8Array(COPIES_SIZE).fill(0x4c))).toEqual({ kind: 'none' });
  });

  it('S26 is refused where it is no JSON, too long, or of LUKS1', async () => {
    for (const json of ['', '{', 'null', '[]', '{"keyslots":{}}', '['.repeat(12_000)]) {
      expect(await read(await both({ json }, { json }))).toMatchObject({ kind: 'refused' });
    }
    await expect(
      encodeCopy(textOf({ json: 'x'.repeat(12_288) }), 'primary', zeros(64)),
    ).rejects.toMatchObject({
      code: 'state-disk-header-malformed',
    });
    const old = zeros(COPIES_SIZE);
    old.set([...Buffer.from('LUKS'), 0xba, 0xbe, 0, 1]);
    expect(await read(old)).toMatchObject({
      kind: 'refused',
      error: { code: 'state-disk-header-malformed' },
    });
  });

  it('gives cryptsetup what was checked, not what was written: a member that stands twice stands once', async () => {
    const json = textOf().json.replace('"tokens":', '"config":{"requirements":["x"]},"tokens":');
    const found = await read(await both({ json }, { json }));
    if (found.kind !== 'header') throw new Error('refused');
    const rewritten = Buffer.from(await encodeHeader(found.header, zeros)).toString('latin1');
    expect(rewritten).not.toContain('requirements');
  });
});
