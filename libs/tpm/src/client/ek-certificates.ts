import { concat, type Bytes } from '@asterism/bytes';
import type { EkTemplate } from '../credential/endorsement-key.ts';
import { splitCertificates } from './certificate-index.ts';
import { readNv } from './nv.ts';
import type { Tpm } from './tpm.ts';

/** TCG EK Credential Profile 2.5 §2.2.1.4 and §2.2.1.5: where EK certificates are. */
const CERTIFICATE_INDEX: readonly (readonly [number, EkTemplate])[] = [
  [0x01c00002, 'L-1'],
  [0x01c0000a, 'L-2'],
  [0x01c00012, 'H-1'],
  [0x01c00014, 'H-2'],
  [0x01c00016, 'H-3'],
];
/** §2.2.1.5.2: issuers, DER after DER, over these indices in order. */
const CHAIN_FIRST = 0x01c00100;
const CHAIN_LAST = 0x01c001ff;

export interface EkCertificate {
  readonly template: EkTemplate;
  /** NV index. */
  readonly index: number;
  /** DER, without the padding that some makers leave behind it. */
  readonly certificate: Bytes;
}

export interface EkCertificates {
  readonly certificates: readonly EkCertificate[];
  /** Issuers that the TPM carries, DER; empty in most TPMs. */
  readonly chain: readonly Bytes[];
}

/** Reads the EK certificates that the maker put into the TPM. Not verified in any way. */
export function readEkCertificates(tpm: Tpm): Promise<EkCertificates> {
  return tpm.exclusive(async () => {
    const indices = new Set(await tpm.listHandles(CERTIFICATE_INDEX[0]?.[0] ?? CHAIN_FIRST));
    const certificates: EkCertificate[] = [];
    for (const [index, template] of CERTIFICATE_INDEX) {
      if (!indices.has(index)) continue;
      const [certificate] = splitCertificates(await readNv(tpm, index));
      if (certificate !== undefined) certificates.push({ template, index, certificate });
    }
    const parts: Bytes[] = [];
    for (const index of [...indices].sort((a, b) => a - b)) {
      if (index >= CHAIN_FIRST && index <= CHAIN_LAST) parts.push(await readNv(tpm, index));
    }
    return { certificates, chain: splitCertificates(concat(...parts)) };
  });
}
