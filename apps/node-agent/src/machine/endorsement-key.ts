import { equalBytes, type Bytes } from '@asterism/bytes';
import {
  createEk,
  encodePublic,
  readEkCertificates,
  verifyEkMatchesSpki,
  type EkTemplate,
  type Tpm,
} from '@asterism/tpm';
import { parseCertificate, parsePem } from '@asterism/x509';
import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../errors.ts';

/** Bound of `ekCertificates` in evidence. */
const MAX_CERTIFICATES = 8;

/** Where the maker certified no key: ECC P-256, which every TPM makes at once. */
const UNCERTIFIED: EkTemplate = 'L-2';

export interface EndorsementKey {
  readonly template: EkTemplate;
  /** TPMT_PUBLIC. */
  readonly publicArea: Bytes;
  /** Its certificate first, then issuers, DER; empty where the TPM has none. */
  readonly certificates: readonly Bytes[];
}

/**
 * The endorsement key that stands for this machine: the first that its maker certified, in the order of NV indices, so
 * that it is the same at every boot.
 * @param issuers more certificates up to the root: few TPMs carry their chain
 * @throws TpmNotGenuineError `ek-mismatch` where the key is not that of the certificate
 */
export async function readEndorsementKey(tpm: Tpm, issuers: readonly Bytes[]): Promise<EndorsementKey> {
  const { certificates, chain } = await readEkCertificates(tpm);
  const [first] = certificates;
  const template = first?.template ?? UNCERTIFIED;
  const ek = await createEk(tpm, template);
  await tpm.flush(ek);
  const publicArea = encodePublic(ek.public);
  if (first === undefined) return { template, publicArea, certificates: [] };
  verifyEkMatchesSpki(ek.public, parseCertificate(first.certificate).spki);
  const all = [first.certificate, ...chain, ...issuers].filter(
    (one, index, list) => list.findIndex((other) => equalBytes(one, other)) === index,
  );
  return { template, publicArea, certificates: all.slice(0, MAX_CERTIFICATES) };
}

/** Certificates of a PEM file; none where no file is named. @param field for the message. @throws ConfigurationError */
export async function readIssuers(field: string, file: string | null): Promise<readonly Bytes[]> {
  if (file === null) return [];
  try {
    return parsePem(await readFile(file, 'utf8'), 'CERTIFICATE');
  } catch (cause) {
    throw new ConfigurationError('configuration-invalid', `${field}: ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
