import { Reader, Writer, type Bytes } from '@asterism/bytes';
import { readFields, writeFields, type Field } from './layout.ts';

type Name = 'cpuSvn' | 'miscSelect' | 'attributes' | 'mrEnclave' | 'mrSigner';
type Reserved = 'reserved1' | 'reserved2' | 'reserved3' | 'reserved4';
const IDENTITY: readonly Field<Name | Reserved>[] = [
  { name: 'cpuSvn', size: 16 }, // 0
  { name: 'miscSelect', size: 4 }, // 16
  { name: 'reserved1', size: 28 }, // 20
  { name: 'attributes', size: 16 }, // 48
  { name: 'mrEnclave', size: 32 }, // 64
  { name: 'reserved2', size: 32 }, // 96
  { name: 'mrSigner', size: 32 }, // 128
  { name: 'reserved3', size: 96 }, // 160
];
const TAIL: readonly Field<'reserved4' | 'reportData'>[] = [
  { name: 'reserved4', size: 60 }, // 260
  { name: 'reportData', size: 64 }, // 320
];
export const ENCLAVE_REPORT_SIZE = 384;

/**
 * Report of the quoting enclave (Intel TDX DCAP Quoting Library API, revision 0.9, A.3). What is reserved is read as it
 * stands: whether the enclave wrote it is for the signature to say first.
 */
export type EnclaveReport = Readonly<Record<Name | Reserved | 'reportData', Bytes>> & {
  readonly isvProdId: number;
  readonly isvSvn: number;
};

export function readEnclaveReport(bytes: Uint8Array): EnclaveReport {
  const reader = new Reader(bytes, 'little');
  const identity = readFields(reader, IDENTITY);
  const isvProdId = reader.u16(); // 256
  const isvSvn = reader.u16(); // 258
  const tail = readFields(reader, TAIL);
  reader.expectEnd();
  return { ...identity, isvProdId, isvSvn, ...tail };
}

export function encodeEnclaveReport(report: EnclaveReport): Bytes {
  const writer = new Writer('little');
  writeFields(writer, IDENTITY, report);
  writer.u16(report.isvProdId).u16(report.isvSvn);
  writeFields(writer, TAIL, report);
  return writer.finish();
}
