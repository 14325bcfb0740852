import { concat, digest, sha256, toBase64, utf8, type Bytes } from '@asterism/bytes';
import { mintQuote, type MintedAk } from '@asterism/testkit';
import { toSpki, type TpmQuoteBytes } from '@asterism/tpm';
import { toPem, type Certificate } from '@asterism/x509';

const USER_DATA = utf8('what the node says');
const PCRS = new Map(
  Array.from({ length: 24 }, (_, pcr) => [pcr, new Uint8Array(32).fill(pcr === 15 ? 0 : pcr)]),
);

/** Go writes byte slices in base64. */
const go = (bytes: Uint8Array): string => toBase64(bytes);
const pem = (certificates: readonly Certificate[]): string =>
  go(utf8(certificates.map(({ der }) => toPem(der)).join('')));

/** `SHA-256(UserData ‖ nonce)`: what a node of Google puts into its report. */
export function extraDataOf(nonce: Uint8Array): Promise<Bytes> {
  return sha256(concat(USER_DATA, nonce));
}

/** SHA-512 of the key: what a node of AWS puts into its report. */
export function awsReportData(ak: MintedAk): Promise<Bytes> {
  return digest('SHA-512', toSpki(ak.area));
}

/** Whoever quotes over these data: a key that a test holds, or a TPM. */
export type Quoter = (qualifyingData: Uint8Array) => TpmQuoteBytes | Promise<TpmQuoteBytes>;

interface NodeOrder {
  readonly ak: MintedAk | Quoter;
  readonly nonce: Uint8Array;
  /** JSON of the platform; null on QEMU. */
  readonly instanceInfo: object | null;
  readonly akCertificates?: readonly Certificate[];
}

/** A document as a node makes it (edgelesssys/constellation, internal/attestation/vtpm, `Issue`). */
export async function mintConstellationDocument(order: NodeOrder): Promise<Record<string, unknown>> {
  const { ak, nonce, instanceInfo, akCertificates = [] } = order;
  const info = instanceInfo === null ? new Uint8Array() : utf8(JSON.stringify(instanceInfo));
  const qualifyingData = await sha256(concat(info, await extraDataOf(nonce)));
  const quoted = await (typeof ak === 'function' ? ak(qualifyingData) : mintQuoteOver(ak, qualifyingData));
  return {
    Attestation: toGoAttestation({ ...quoted, akCertificates }),
    InstanceInfo: instanceInfo === null ? null : go(info),
    UserData: go(USER_DATA),
  };
}

function mintQuoteOver(ak: MintedAk, qualifyingData: Uint8Array): TpmQuoteBytes {
  return mintQuote(ak, { qualifyingData, bank: 'sha256', pcrs: PCRS });
}

interface GoAttestation extends TpmQuoteBytes {
  readonly akCertificates?: readonly Certificate[];
}

/** `attest.Attestation` of google/go-tpm-tools, with a quote over SHA-1 that a node sends as well. */
export function toGoAttestation({
  akPublic,
  quote,
  signature,
  pcrs,
  akCertificates = [],
}: GoAttestation): object {
  const [akCertificate, ...intermediates] = akCertificates;
  const values = Object.fromEntries([...pcrs].map(([pcr, value]) => [pcr, go(value)]));
  return {
    ak_pub: go(akPublic),
    quotes: [
      { quote: 'AAAA', raw_sig: 'AAAA', pcrs: { hash: 4, pcrs: { '0': 'AAAA' } } },
      { quote: go(quote), raw_sig: go(signature), pcrs: { hash: 11, pcrs: values } },
    ],
    ...(akCertificate && { ak_cert: go(akCertificate.der) }),
    ...(intermediates.length > 0 && { intermediate_certs: intermediates.map(({ der }) => go(der)) }),
    TeeAttestation: null,
  };
}

/** `snp.InstanceInfo`. */
export function snpInstanceInfo(report: Uint8Array, signer: Certificate, issuers: readonly Certificate[]) {
  return {
    ReportSigner: pem([signer]),
    CertChain: pem(issuers),
    AttestationReport: go(report),
    Azure: null as object | null,
    GCP: null as object | null,
  };
}

export function azureInstanceInfo(runtimeData: Uint8Array): object {
  return { RuntimeData: go(runtimeData), MAAToken: '' };
}
