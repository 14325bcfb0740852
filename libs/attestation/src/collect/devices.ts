import type { Bytes } from '@asterism/bytes';
import type { Variant } from '@asterism/contracts';
import type { AttestationKey, Tpm } from '@asterism/tpm';

/** A TPM with the key that quotes. */
export interface QuotingDevice {
  readonly tpm: Tpm;
  readonly ak: AttestationKey;
  /** TCG log of the boot; null where there is none. */
  readonly eventLog: Uint8Array | null;
}

/** A TEE that reports on the machine that it asks from. */
export interface ReportingDevice {
  /** @param reportData 64 bytes */
  readonly report: (reportData: Bytes) => Promise<{
    readonly report: Bytes;
    /** Certificate table of SEV-SNP as the host gave it; null where there is none. */
    readonly auxiliary: Bytes | null;
  }>;
}

/** A key with a certificate of the cloud's. */
interface CertifiedKey {
  /** AK certificate first, then its issuers, DER. */
  readonly akCertificates: readonly Uint8Array[];
}

/** What a paravisor left in the vTPM. */
interface ParavisorReport {
  readonly hclReport: Bytes;
}

/** What each variant collects from. Ports only: nothing here touches a file or a socket. */
interface DevicesOf {
  tpm: QuotingDevice & {
    /** EK certificate first, then its issuers up to the root, DER. */
    readonly ekCertificates: readonly Uint8Array[];
  };
  'sev-snp': ReportingDevice;
  tdx: ReportingDevice & { readonly eventLog: Uint8Array | null };
  'azure-sev-snp': QuotingDevice &
    ParavisorReport & {
      /** VCEK and its issuers, DER; empty leaves them to the verifier. */
      readonly certificates: readonly Uint8Array[];
    };
  'azure-tdx': QuotingDevice &
    ParavisorReport & {
      /** Has a TDREPORT, 1024 bytes, signed by the host's quoting enclave. */
      readonly quoteTd: (tdReport: Bytes) => Promise<Bytes>;
    };
  'azure-trusted-launch': QuotingDevice & CertifiedKey;
  'gcp-sev-snp': QuotingDevice & CertifiedKey & ReportingDevice;
  'gcp-sev-es': QuotingDevice & CertifiedKey;
  'aws-sev-snp': QuotingDevice & ReportingDevice;
  'aws-nitro-tpm': {
    /** An attestation document with this nonce. */
    readonly document: (nonce: Uint8Array) => Promise<Bytes>;
  };
}

export type MachineDevicesOf<V extends Variant> = { readonly variant: V } & DevicesOf[V];
export type MachineDevices = { [V in Variant]: MachineDevicesOf<V> }[Variant];
