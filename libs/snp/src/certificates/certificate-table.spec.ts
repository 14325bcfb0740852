import { copyBytes } from '@asterism/bytes';
import { bitFlips, mutations, truncations } from '@asterism/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CERTIFICATE_GUID, encodeCertificateTable, parseCertificateTable, SnpInputError } from '../index.ts';

const ENTRIES = [
  { guid: CERTIFICATE_GUID.vcek, data: Uint8Array.of(1, 2, 3) },
  { guid: CERTIFICATE_GUID.ark, data: Uint8Array.of(4) },
];
const TABLE = encodeCertificateTable(ENTRIES);

const malformed = expect.objectContaining({ code: 'certificate-table-malformed' }) as Error;

function edited(at: number, ...values: readonly number[]) {
  const table = copyBytes(TABLE);
  table.set(values, at);
  return table;
}

describe('certificate table', () => {
  it('reads what it wrote, with the octets of a GUID in the order of its text', () => {
    expect([...TABLE.subarray(0, 4)]).toEqual([0x63, 0xda, 0x75, 0x8d]);
    expect(parseCertificateTable(TABLE)).toEqual(ENTRIES);
    expect(parseCertificateTable(encodeCertificateTable([]))).toEqual([]);
  });

  it('reads data in any order, with gaps, and zeros behind it as hosts pad it', () => {
    const table = edited(16, ...[75, 0, 0, 0, 1, 0, 0, 0]);
    table.set([72, 0, 0, 0, 2, 0, 0, 0], 24 + 16);
    expect(parseCertificateTable(Uint8Array.of(...table, 0, 0, 0))).toEqual([
      { guid: CERTIFICATE_GUID.vcek, data: Uint8Array.of(4) },
      { guid: CERTIFICATE_GUID.ark, data: Uint8Array.of(1, 2) },
    ]);
  });

  it('round trips any entries', () => {
    const entry = fc.record({ guid: fc.uuid(), data: fc.uint8Array({ maxLength: 40 }) });
    const entries = fc.uniqueArray(entry, { selector: ({ guid }) => guid, maxLength: 16 });
    fc.assert(
      fc.property(entries, (list) => {
        const copies = list.map(({ guid, data }) => ({ guid, data: copyBytes(data) }));
        expect(parseCertificateTable(encodeCertificateTable(copies))).toEqual(copies);
      }),
      { seed: 1 },
    );
  });

  it.each([
    ['two rows share data', edited(24 + 16, 72)],
    ['a row points into the rows', edited(16, 71)],
    ['a row points behind the end', edited(16 + 4, 0xff)],
    ['offset and length overflow 32 bits', edited(16, 72, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)],
    ['a GUID is there twice', edited(24, ...TABLE.subarray(0, 16))],
    ['the last row is not zero', edited(48 + 16, 1)],
    ['no last row is there', TABLE.subarray(0, 48)],
    ['there are too many rows', encodeCertificateTable(manyEntries(17))],
    ['it is too large', new Uint8Array(256 * 1024 + 1)],
  ])('S09 is refused where %s', (_what, table) => {
    expect(() => parseCertificateTable(table)).toThrow(malformed);
  });

  it('refuses to write what is no GUID', () => {
    for (const guid of ['', CERTIFICATE_GUID.ask.toUpperCase(), CERTIFICATE_GUID.ask.slice(1)]) {
      expect(() => encodeCertificateTable([{ guid, data: new Uint8Array() }])).toThrow(malformed);
    }
  });

  it('S09 is refused or read whatever is cut, flipped or changed', () => {
    for (const cut of truncations(TABLE)) expect(() => parseCertificateTable(cut)).toThrow(SnpInputError);
    for (const changed of [...bitFlips(TABLE), ...mutations(TABLE, 3, 2000)]) {
      try {
        const length = parseCertificateTable(changed).reduce((sum, { data }) => sum + data.length, 0);
        expect(length).toBeLessThanOrEqual(changed.length);
      } catch (error) {
        if (!(error instanceof SnpInputError)) throw error;
      }
    }
  });
});

function manyEntries(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    guid: `00000000-0000-0000-0000-${String(at + 1).padStart(12, '0')}`,
    data: new Uint8Array(),
  }));
}
