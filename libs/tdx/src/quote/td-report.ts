import type { Bytes, Reader, Writer } from '@asterism/bytes';
import { readFields, writeFields, type Field } from './layout.ts';

type Td10Name =
  | 'teeTcbSvn'
  | 'mrSeam'
  | 'mrSignerSeam'
  | 'seamAttributes'
  | 'tdAttributes'
  | 'xfam'
  | 'mrTd'
  | 'mrConfigId'
  | 'mrOwner'
  | 'mrOwnerConfig'
  | 'rtmr0'
  | 'rtmr1'
  | 'rtmr2'
  | 'rtmr3'
  | 'reportData';
type Td15Name = 'teeTcbSvn2' | 'mrServiceTd';

/** TD quote body of TDX 1.0, 584 bytes (Intel TDX DCAP Quoting Library API, revision 0.9, A.3.2). */
const TD10: readonly Field<Td10Name>[] = [
  { name: 'teeTcbSvn', size: 16 }, // 0
  { name: 'mrSeam', size: 48 }, // 16
  { name: 'mrSignerSeam', size: 48 }, // 64
  { name: 'seamAttributes', size: 8 }, // 112
  { name: 'tdAttributes', size: 8 }, // 120
  { name: 'xfam', size: 8 }, // 128
  { name: 'mrTd', size: 48 }, // 136
  { name: 'mrConfigId', size: 48 }, // 184
  { name: 'mrOwner', size: 48 }, // 232
  { name: 'mrOwnerConfig', size: 48 }, // 280
  { name: 'rtmr0', size: 48 }, // 328
  { name: 'rtmr1', size: 48 }, // 376
  { name: 'rtmr2', size: 48 }, // 424
  { name: 'rtmr3', size: 48 }, // 472
  { name: 'reportData', size: 64 }, // 520
];
/** What TDX 1.5 adds, to 648 bytes (ibid., A.4). */
const TD15: readonly Field<Td15Name>[] = [
  { name: 'teeTcbSvn2', size: 16 }, // 584
  { name: 'mrServiceTd', size: 48 }, // 600
];

/** Lengths of the bodies in bytes, by their type in a v5 quote. */
export const BODY_SIZE = { '1.0': 584, '1.5': 648 } as const;

/** The report of a trust domain. Byte fields stand as in the quote: 64-bit masks are little-endian. */
export type TdReport = Readonly<Record<Td10Name, Bytes>> & {
  /** Present in TDX 1.5 bodies only. */
  readonly tdx15: Readonly<Record<Td15Name, Bytes>> | undefined;
};

export function readTdReport(reader: Reader, generation: keyof typeof BODY_SIZE): TdReport {
  const fields = readFields(reader, TD10);
  return { ...fields, tdx15: generation === '1.5' ? readFields(reader, TD15) : undefined };
}

export function writeTdReport(writer: Writer, report: TdReport): void {
  writeFields(writer, TD10, report);
  if (report.tdx15 !== undefined) writeFields(writer, TD15, report.tdx15);
}
