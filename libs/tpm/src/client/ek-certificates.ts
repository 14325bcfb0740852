import { concat, type Bytes } from '@asterism/bytes';
import { readStructure } from '../errors.ts';
import type { EkTemplate } from '../credential/endorsement-key.ts';
import { readHash } from '../structures/algorithms.ts';
import { HIERARCHY } from './handles.ts';
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

/** TPMA_NV, Part 2 §13.4. */
const NV_AUTHREAD = 1 << 18;

const CHUNK = 512;

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

async function readIndex(tpm: Tpm, index: number): Promise<Bytes> {
  const { area, name } = await tpm.nvReadPublic(index);
  const { attributes, size } = readStructure('TPMS_NV_PUBLIC', area, (reader) => {
    reader.u32(); // nvIndex
    readHash(reader);
    const bits = reader.u32();
    reader.sized16(64); // authPolicy
    return { attributes: bits, size: reader.u16() };
  });
  const entity = { handle: index, name };
  const authorizedBy = (attributes & NV_AUTHREAD) === 0 ? HIERARCHY.owner : entity;
  const parts: Bytes[] = [];
  for (let at = 0; at < size; at += CHUNK) {
    parts.push(await tpm.nvRead(authorizedBy, entity, Math.min(CHUNK, size - at), at));
  }
  return concat(...parts);
}

const SEQUENCE = 0x30;
const LONG_LENGTH_2 = 0x82;

/** The certificates at the start of the bytes, by their outer DER length; what follows them is padding. */
function splitCertificates(bytes: Bytes): Bytes[] {
  const found: Bytes[] = [];
  let at = 0;
  while (bytes[at] === SEQUENCE && bytes[at + 1] === LONG_LENGTH_2) {
    const end = at + 4 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
    if (end > bytes.length) break;
    found.push(new Uint8Array(bytes.subarray(at, end)));
    at = end;
  }
  return found;
}

/** Reads the EK certificates that the maker put into the TPM. Not verified in any way. */
export function readEkCertificates(tpm: Tpm): Promise<EkCertificates> {
  return tpm.exclusive(async () => {
    const indices = new Set(await tpm.listHandles(CERTIFICATE_INDEX[0]?.[0] ?? CHAIN_FIRST));
    const certificates: EkCertificate[] = [];
    for (const [index, template] of CERTIFICATE_INDEX) {
      if (!indices.has(index)) continue;
      const [certificate] = splitCertificates(await readIndex(tpm, index));
      if (certificate !== undefined) certificates.push({ template, index, certificate });
    }
    const parts: Bytes[] = [];
    for (const index of [...indices].sort((a, b) => a - b)) {
      if (index >= CHAIN_FIRST && index <= CHAIN_LAST) parts.push(await readIndex(tpm, index));
    }
    return { certificates, chain: splitCertificates(concat(...parts)) };
  });
}
