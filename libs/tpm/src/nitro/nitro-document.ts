import type { Bytes } from '@asterism/bytes';

/** `enclave`: of a Nitro Enclave, with `pcrs`. `nitro-tpm`: of an EC2 instance with NitroTPM, with `nitrotpm_pcrs`. */
export type NitroDocumentKind = 'enclave' | 'nitro-tpm';

/** AWS attestation document (aws-nitro-enclaves-nsm-api, docs/attestation_process.md §2.2). */
export interface NitroDocument {
  readonly kind: NitroDocumentKind;
  /** Instance and enclave or TPM: `i-…-enc…`, `i-…-tpm…`. */
  readonly moduleId: string;
  /** Of the PCR values; the one that AWS uses. */
  readonly digest: 'SHA384';
  /** Milliseconds since the epoch, by the clock of the Nitro hypervisor. */
  readonly timestamp: number;
  /** 48 bytes each, by index. */
  readonly pcrs: ReadonlyMap<number, Bytes>;
  /** DER, of the key that signed the document. */
  readonly certificate: Bytes;
  /** DER, root first. */
  readonly cabundle: readonly Bytes[];
  /** The three that the caller chose: nobody but he says what they mean. */
  readonly publicKey: Bytes | null;
  readonly userData: Bytes | null;
  readonly nonce: Bytes | null;
}

/** Keys of the PCR map. */
export const PCR_FIELD: Readonly<Record<NitroDocumentKind, string>> = {
  enclave: 'pcrs',
  'nitro-tpm': 'nitrotpm_pcrs',
};
