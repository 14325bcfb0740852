import type { Bytes } from '@asterism/bytes';
import {
  encodeCoseSign1,
  encodeNitroDocument,
  NITRO_PROTECTED_HEADER,
  toBeSigned,
  type CoseSign1,
  type NitroDocument,
} from '@asterism/tpm';
import { ecdsaDerToRaw } from '@asterism/x509';
import { MINT_AT, mintChain, type ChainOptions, type MintedChain, type MintKey } from '../x509/index.ts';

export interface NitroDocumentOrder {
  /** What the document says beyond an honest one of a NitroTPM: nonce, PCRs, kind, and lies. */
  readonly document?: (honest: NitroDocument) => Partial<NitroDocument>;
  /** What a test gets wrong on purpose: before signing, and after it. */
  readonly payload?: (honest: Bytes) => Bytes;
  readonly protectedHeader?: Bytes;
  readonly sign1?: (honest: CoseSign1) => Partial<CoseSign1>;
  /** Signs instead of the key of the certificate. */
  readonly signer?: MintKey;
  readonly chain?: ChainOptions;
}

export interface MintedNitroDocument {
  readonly bytes: Bytes;
  readonly document: NitroDocument;
  readonly chain: MintedChain;
}

const PCRS = new Map(Array.from({ length: 24 }, (_, pcr) => [pcr, new Uint8Array(48).fill(0xb0 + pcr)]));

/** A document as AWS makes it, under a root of its own with three intermediates, all P-384: `chain.anchors` trusts it. */
export async function mintNitroDocument(order: NitroDocumentOrder = {}): Promise<MintedNitroDocument> {
  const chain = await mintChain({ intermediates: 3, keys: 'ecdsa-p384', ...order.chain });
  const honest: NitroDocument = {
    kind: 'nitro-tpm',
    moduleId: 'i-0123456789abcdef0-tpm0000000000000000',
    digest: 'SHA384',
    timestamp: MINT_AT.getTime(),
    pcrs: PCRS,
    certificate: chain.leaf.der,
    cabundle: chain.intermediates.map(({ der }) => der).reverse(),
    publicKey: null,
    userData: null,
    nonce: null,
  };
  const document = { ...honest, ...order.document?.(honest) };
  const payload = encodeNitroDocument(document);
  const unsigned = {
    protectedHeader: order.protectedHeader ?? NITRO_PROTECTED_HEADER,
    payload: order.payload?.(payload) ?? payload,
  };
  const der = await (order.signer ?? chain.leafKey).sign(toBeSigned(unsigned));
  const sign1: CoseSign1 = { tagged: false, ...unsigned, signature: ecdsaDerToRaw(der, 'P-384') };
  return { bytes: encodeCoseSign1({ ...sign1, ...order.sign1?.(sign1) }), document, chain };
}
