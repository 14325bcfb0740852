import { toHex, type Bytes } from '@asterism/bytes';
import { DerReader, TAG, X509Error, type Certificate } from '@asterism/x509';
import { TdxFormatError } from '../errors.ts';

/** Intel SGX PCK Certificate and CRL Profile Specification, revision 1.5, §1.3.5; the parts are numbered below it. */
const SGX = '1.2.840.113741.1.13.1';
const TCB = `${SGX}.2`;

export interface PckExtensions {
  readonly ppid: Bytes;
  /** SVN of each of the 16 TCB components. */
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
  readonly cpuSvn: Bytes;
  readonly pceId: Bytes;
  readonly fmspc: Bytes;
  /** 0 standard, 1 scalable, 2 scalable with integrity. */
  readonly sgxType: number;
}

/** What a PCK certificate says of its platform. @throws TdxFormatError `pck-malformed` */
export function readPckExtensions(pck: Certificate): PckExtensions {
  const extension = pck.extensions.find(({ oid }) => oid === SGX);
  if (extension === undefined) throw new TdxFormatError('pck-malformed', 'PCK has no SGX extension');
  try {
    const parts = readParts(DerReader.of(extension.value).enter(TAG.sequence));
    const tcb = readParts(part(parts, TCB).enter(TAG.sequence));
    return {
      ppid: octets(parts, `${SGX}.1`, 16),
      componentSvns: Array.from({ length: 16 }, (_, i) => integer(tcb, `${TCB}.${i + 1}`, 0xff)),
      pceSvn: integer(tcb, `${TCB}.17`, 0xffff),
      cpuSvn: octets(tcb, `${TCB}.18`, 16),
      pceId: octets(parts, `${SGX}.3`, 2),
      fmspc: octets(parts, `${SGX}.4`, 6),
      sgxType: readSgxType(parts),
    };
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw new TdxFormatError('pck-malformed', cause.message, { cause });
  }
}

/** Pairs of an object identifier and a value, each once. */
function readParts(list: DerReader): ReadonlyMap<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>();
  while (!list.atEnd) {
    const pair = list.enter(TAG.sequence);
    const oid = pair.oid();
    if (parts.has(oid))
      throw new TdxFormatError('pck-malformed', 'part of the SGX extension twice', { got: oid });
    parts.set(oid, pair.element().der);
    pair.expectEnd();
  }
  return parts;
}

function part(parts: ReadonlyMap<string, Uint8Array>, oid: string): DerReader {
  const der = parts.get(oid);
  if (der === undefined)
    throw new TdxFormatError('pck-malformed', 'SGX extension lacks a part', { want: oid });
  return DerReader.of(der);
}

function octets(parts: ReadonlyMap<string, Uint8Array>, oid: string, length: number): Bytes {
  const value = part(parts, oid).octetString();
  if (value.length !== length) {
    throw new TdxFormatError('pck-malformed', `part ${oid} has a wrong length`, {
      got: value.length,
      want: length,
    });
  }
  return value;
}

function integer(parts: ReadonlyMap<string, Uint8Array>, oid: string, most: number): number {
  const value = part(parts, oid).smallInteger();
  if (value > most) throw new TdxFormatError('pck-malformed', `part ${oid} is too large`, { got: value });
  return value;
}

function readSgxType(parts: ReadonlyMap<string, Uint8Array>): number {
  const { content } = part(parts, `${SGX}.5`).element(TAG.enumerated);
  const [type = 0xff] = content;
  if (content.length !== 1 || type > 2) {
    throw new TdxFormatError('pck-malformed', 'unknown SGX type', { got: toHex(content), want: [0, 1, 2] });
  }
  return type;
}
