import { bitFlips, mutations, truncations } from '@asterism/testkit/malformed';
import { describe, expect, it } from 'vitest';
import { StateDiskError } from '../errors.ts';
import { sampleHeader, zeros } from '../testing/sample-header.ts';
import { BINARY_SIZE, encodeCopy, HEADER_SIZE, parseCopy } from './binary-header.ts';
import { COPIES_SIZE, encodeHeader, readHeader } from './header.ts';
import { parseMetadata } from './metadata.ts';

const { uuid, sequence, metadata } = sampleHeader();
const json = JSON.stringify(metadata);
const copy = await encodeCopy({ uuid, sequence, json }, 'primary', zeros(64));
const refusal = (error: unknown) =>
  expect(['StateDiskError', 'BytesError']).toContain(error instanceof Error ? error.name : error);

describe('S09 malformed LUKS2 headers', () => {
  it('are refused at every length', async () => {
    for (const length of [...Array(600).keys(), ...Array.from({ length: 32 }, (_, i) => i * 512 + 1)]) {
      await parseCopy(copy.subarray(0, length), 'primary').then(() => expect.unreachable(), refusal);
    }
  });

  it('are refused with any bit of the binary header changed', async () => {
    const binary = copy.subarray(0, BINARY_SIZE);
    let at = 0;
    for (const flipped of bitFlips(binary)) {
      // The first 512 bytes in full, of the padding one bit in 61.
      if (at++ >= 8 * 512 && at % 61 !== 0) continue;
      const bytes = copy.slice();
      bytes.set(flipped);
      await parseCopy(bytes, 'primary').then(() => expect.unreachable(), refusal);
    }
  });

  it('are refused as the other copy', async () => {
    await expect(parseCopy(copy, 'secondary')).rejects.toMatchObject({ code: 'state-disk-header-malformed' });
  });

  it('never give anything but a header, none, or a coded refusal', async () => {
    const whole = await encodeHeader(sampleHeader(), zeros);
    for (const changed of mutations(whole.subarray(0, 600), 20261125, 400)) {
      const bytes = new Uint8Array(COPIES_SIZE);
      bytes.set(whole);
      bytes.set(changed.subarray(0, HEADER_SIZE));
      const found = await readHeader(bytes, { integrity: true });
      expect(['header', 'none', 'refused']).toContain(found.kind);
      if (found.kind === 'header') expect(found.header).toEqual(sampleHeader());
    }
  });

  it('never give metadata that is not the whitelist’s, whatever is in the JSON', () => {
    const text = new TextEncoder().encode(json);
    for (const changed of [...mutations(text, 7, 4000), ...truncations(text)]) {
      try {
        const parsed = parseMetadata(new TextDecoder().decode(changed), { integrity: true });
        expect(parseMetadata(JSON.stringify(parsed), { integrity: true })).toEqual(parsed);
      } catch (error) {
        expect(error).toBeInstanceOf(StateDiskError);
      }
    }
  });
});
