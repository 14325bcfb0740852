import type { Bytes } from '@asterism/bytes';
import type { PckExtensions } from '@asterism/tdx';
import {
  derElement,
  derOctetString,
  derOid,
  derSequence,
  derUnsignedInteger,
  TAG,
  type Extension,
} from '@asterism/x509';

/** Intel SGX PCK Certificate and CRL Profile Specification, revision 1.5, §1.3.5. */
const SGX_EXTENSION = '1.2.840.113741.1.13.1';

/** A part by its number below the extension: `2.17` is the PCE's SVN. */
export type SgxPart = readonly [number: string, value: Bytes];

/** The parts that Intel writes, in its order; of type 2, the TCB, its own parts. */
export function sgxParts(fields: PckExtensions): readonly SgxPart[] {
  return [
    ['1', derOctetString(fields.ppid)],
    ['2', sgxSequence(tcbParts(fields))],
    ['3', derOctetString(fields.pceId)],
    ['4', derOctetString(fields.fmspc)],
    ['5', derElement(TAG.enumerated, Uint8Array.of(fields.sgxType))],
  ];
}

export function tcbParts({ componentSvns, pceSvn, cpuSvn }: PckExtensions): readonly SgxPart[] {
  return [
    ...componentSvns.map((svn, i): SgxPart => [`2.${i + 1}`, derUnsignedInteger(svn)]),
    ['2.17', derUnsignedInteger(pceSvn)],
    ['2.18', derOctetString(cpuSvn)],
  ];
}

export function sgxSequence(parts: readonly SgxPart[]): Bytes {
  return derSequence(
    ...parts.map(([number, value]) => derSequence(derOid(`${SGX_EXTENSION}.${number}`), value)),
  );
}

export function sgxExtension(parts: readonly SgxPart[]): Extension {
  return { oid: SGX_EXTENSION, critical: false, value: sgxSequence(parts) };
}
