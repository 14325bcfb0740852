import { BytesError, fromUtf8, type Bytes } from '@asterism/bytes';
import { bytesOf, objectOf, type JsonObject } from './document.ts';

/** What a node says of its platform, by the variants of edgelesssys/constellation, internal/attestation. */
export type InstanceInfo =
  | {
      readonly variant: 'azure-sev-snp' | 'gcp-sev-snp' | 'aws-sev-snp';
      readonly report: Bytes;
      /** PEM of the VCEK or VLEK, and of its issuers. */
      readonly certificates: readonly Bytes[];
      /** On Azure. */
      readonly runtimeData: Bytes | null;
    }
  | { readonly variant: 'azure-tdx'; readonly quote: Bytes; readonly runtimeData: Bytes }
  | { readonly variant: 'azure-trusted-launch'; readonly akCertificates: readonly Bytes[] }
  /** GCP SEV-ES, AWS NitroTPM and QEMU: a name of the instance, or nothing. */
  | { readonly variant: 'tpm'; readonly named: JsonObject | null };

/** Told by the members that only one variant has. @throws EvidenceFormatError `part-malformed` */
export function readInstanceInfo(bytes: Bytes): InstanceInfo {
  const info = parse(bytes);
  if (info === null) return { variant: 'tpm', named: null };
  if ('AkCert' in info) {
    const akCertificates = [bytesOf(info['AkCert'], 'AkCert'), bytesOf(info['CA'] ?? null, 'CA')];
    return {
      variant: 'azure-trusted-launch',
      akCertificates: akCertificates.filter(({ length }) => length > 0),
    };
  }
  if (!('AttestationReport' in info)) return { variant: 'tpm', named: info };
  const report = bytesOf(info['AttestationReport'], 'AttestationReport');
  if ('RuntimeData' in info) {
    return { variant: 'azure-tdx', quote: report, runtimeData: bytesOf(info['RuntimeData'], 'RuntimeData') };
  }
  const azure = (info['Azure'] ?? null) === null ? null : objectOf(info['Azure'], 'Azure');
  const isGoogle = (info['GCP'] ?? null) !== null;
  const certificates = [info['ReportSigner'] ?? null, info['CertChain'] ?? null]
    .map((pem) => bytesOf(pem, 'certificates'))
    .filter(({ length }) => length > 0);
  return {
    variant: azure !== null ? 'azure-sev-snp' : isGoogle ? 'gcp-sev-snp' : 'aws-sev-snp',
    report,
    certificates,
    runtimeData: azure === null ? null : bytesOf(azure['RuntimeData'], 'RuntimeData'),
  };
}

/** QEMU's is empty; what is no JSON object names nothing that is known. */
function parse(bytes: Bytes): JsonObject | null {
  if (bytes.length === 0) return null;
  try {
    return objectOf(JSON.parse(fromUtf8(bytes)), 'InstanceInfo');
  } catch (cause) {
    if (cause instanceof BytesError || cause instanceof SyntaxError) return null;
    throw cause;
  }
}
