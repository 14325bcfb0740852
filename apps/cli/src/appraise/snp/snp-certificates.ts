import { equalBytes, type Bytes } from '@asterism/bytes';
import {
  CERTIFICATE_GUID,
  parseCertificateTable,
  parseEndorsementFields,
  SnpInputError,
  type EndorsementFields,
  type SnpReport,
} from '@asterism/snp';
import { parseCertificate, parseCrl, type Certificate, type Crl } from '@asterism/x509';
import { readCertificates } from '../certificate-files.ts';

export interface GivenCertificates {
  readonly certificates: readonly Certificate[];
  readonly crls: readonly Crl[];
}

/** Certificates and lists of a host's certificate table; a table is taken whole or not at all. */
export function readSnpTable(table: Bytes): GivenCertificates {
  const certificates: Certificate[] = [];
  const crls: Crl[] = [];
  for (const { guid, data } of parseCertificateTable(table)) {
    if (guid === CERTIFICATE_GUID.crl) crls.push(parseCrl(data));
    else if (Object.values<string>(CERTIFICATE_GUID).includes(guid))
      certificates.push(...readOneOrMore(data));
  }
  return { certificates, crls };
}

/** A part: a certificate table where the name says so, else certificates in PEM or DER. */
export function readSnpPart(name: string, bytes: Bytes): GivenCertificates {
  const certificates = readCertificates(bytes);
  if (certificates.length === 0 && name === 'certificates') return readSnpTable(bytes);
  return { certificates: certificates.length === 0 ? readOneOrMore(bytes) : certificates, crls: [] };
}

function readOneOrMore(data: Bytes): readonly Certificate[] {
  const certificates = readCertificates(data);
  return certificates.length === 0 ? [parseCertificate(data)] : certificates;
}

/**
 * Which of the VCEKs and VLEKs come into question, the newest first. Those of one key are what the caller says belongs to
 * the report, so that a wrong one is refused: AMD issues certificates for a key again and again. Of several keys only
 * those come that were made for it: a folder may hold those of many machines.
 */
export function endorsementsFor(
  report: SnpReport,
  certificates: readonly Certificate[],
): readonly Certificate[] {
  const endorsements = distinct(certificates)
    .filter(isEndorsement)
    .toSorted((a, b) => b.notBefore.getTime() - a.notBefore.getTime());
  const [newest] = endorsements;
  if (endorsements.every(({ spki }) => newest !== undefined && equalBytes(spki, newest.spki)))
    return endorsements;
  return endorsements.filter((certificate) => {
    const fields = fieldsOf(certificate);
    return fields !== null && isFor(report, fields);
  });
}

/** By its name, so that one whose fields are damaged is judged rather than overlooked. */
export function isEndorsement({ subject }: Certificate): boolean {
  return subject.attributes.some(({ oid, value }) => oid === '2.5.4.3' && /^SEV-V[CL]EK$/.test(value));
}

function isFor(
  { signingKey, chipId, reportedTcb }: SnpReport,
  { kind, hwId, tcb }: EndorsementFields,
): boolean {
  const sameChip = hwId === undefined || equalBytes(chipId.subarray(0, hwId.length), hwId);
  const sameTcb =
    tcb.fmc === reportedTcb.fmc &&
    tcb.bootloader === reportedTcb.bootloader &&
    tcb.tee === reportedTcb.tee &&
    tcb.snp === reportedTcb.snp &&
    tcb.microcode === reportedTcb.microcode;
  return kind === signingKey && sameChip && sameTcb;
}

/** AMD's fields of an endorsement certificate; null where they cannot be read. */
export function fieldsOf(certificate: Certificate): EndorsementFields | null {
  try {
    return parseEndorsementFields(certificate);
  } catch (error) {
    if (error instanceof SnpInputError) return null;
    throw error;
  }
}

function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter(
    ({ der }, index) => certificates.findIndex((earlier) => equalBytes(earlier.der, der)) === index,
  );
}
