import { fromHex, isZero, Reader, toHex, Writer, type Bytes } from '@asterism/bytes';
import { asSnpInputError, SnpInputError } from '../errors.ts';

/**
 * GUIDs of what a host puts beside a report (AMD 56421 rev. 2.03 §4.1.8.1; the one of the CRL is of the Linux tools).
 * A VLEK's intermediate, the ASVK, stands under the ASK's.
 */
export const CERTIFICATE_GUID = {
  vcek: '63da758d-e664-4564-adc5-f4b93be8accd',
  vlek: 'a8074bc2-a25a-483e-aae6-39c045a0b8a1',
  ask: '4ab7b379-bbac-4fe4-a02f-05aef327c782',
  ark: 'c0b406a4-a803-4952-9743-3fb6014cd0ae',
  crl: '92f81bc3-5811-4d3d-97ff-d19f88dc67ea',
} as const;

export interface CertificateTableEntry {
  /** Lower case; unknown ones are kept. */
  readonly guid: string;
  readonly data: Bytes;
}

/** Bytes of a row: GUID, offset, length. */
const ROW_BYTES = 24;
/** Most rows that are read. */
const MAX_ROWS = 16;
/** Largest table that is read, in bytes; Linux gives at most 16 KiB. */
const MAX_TABLE_BYTES = 256 * 1024;

/**
 * The certificate table of an extended report: rows, a row of zeros, then what they point at. GUIDs have their octets in
 * the order of the text, offset and length are little-endian. Nothing in it is verified.
 * @throws SnpInputError `certificate-table-malformed` also on a GUID that is there twice and on rows that overlap.
 */
export function parseCertificateTable(table: Uint8Array): readonly CertificateTableEntry[] {
  if (table.length > MAX_TABLE_BYTES) throw malformed('table is too large', table.length, MAX_TABLE_BYTES);
  return asSnpInputError('certificate-table-malformed', () => readTable(table));
}

function readTable(table: Uint8Array): readonly CertificateTableEntry[] {
  const reader = new Reader(table, 'little');
  const rows: { guid: string; start: number; end: number }[] = [];
  for (;;) {
    const guid = reader.bytes(16);
    const start = reader.u32();
    const end = start + reader.u32();
    if (isZero(guid)) {
      if (end !== 0) throw malformed('last row is not zero', end, 0);
      break;
    }
    if (rows.length === MAX_ROWS) throw malformed('too many rows', undefined, MAX_ROWS);
    rows.push({ guid: toGuid(guid), start, end });
  }
  let free = reader.offset;
  for (const { guid, start, end } of rows.toSorted((a, b) => a.start - b.start)) {
    if (start < free || end > table.length) {
      throw malformed(
        `row ${guid} points outside or into another's data`,
        [start, end],
        [free, table.length],
      );
    }
    if (rows.filter((row) => row.guid === guid).length > 1) throw malformed('GUID is there twice', guid);
    free = end;
  }
  return rows.map(({ guid, start, end }) => ({ guid, data: new Uint8Array(table.subarray(start, end)) }));
}

/** Counterpart of `parseCertificateTable`, with the data right behind the rows and in their order. */
export function encodeCertificateTable(entries: readonly CertificateTableEntry[]): Bytes {
  const writer = new Writer('little');
  let at = (entries.length + 1) * ROW_BYTES;
  for (const { guid, data } of entries) {
    writer.bytes(fromGuid(guid)).u32(at).u32(data.length);
    at += data.length;
  }
  writer.zeros(ROW_BYTES);
  for (const { data } of entries) writer.bytes(data);
  return writer.finish();
}

function toGuid(bytes: Uint8Array): string {
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function fromGuid(guid: string): Bytes {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(guid)) throw malformed('not a GUID', guid);
  return fromHex(guid.replaceAll('-', ''));
}

function malformed(message: string, got?: unknown, want?: unknown): SnpInputError {
  return new SnpInputError('certificate-table-malformed', message, { got, want });
}
