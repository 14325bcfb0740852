import { spkiSha256, type Certificate, type Extension, type TrustAnchor } from '@asterism/x509';
import { basicConstraints, commonName, keyUsage } from './mint-certificate.ts';
import { mintKey, type MintKey, type MintKeyKind } from './mint-key.ts';
import {
  CA_EXTENSIONS,
  keyIdentifiers,
  MINT_AT,
  mintSpoilt,
  templateOf,
  type MintOrder,
  type Spoil,
} from './mint-template.ts';

export interface ChainOptions {
  /** Intermediates between leaf and root; 1 unless said. */
  readonly intermediates?: number;
  /** Kind of every key, or of those named. */
  readonly keys?: MintKeyKind | { readonly leaf?: MintKeyKind; readonly issuers?: MintKeyKind };
  readonly leaf?: Spoil;
  /** The intermediate right above the leaf. */
  readonly intermediate?: Spoil;
  readonly root?: Spoil;
  /** What the leaf's own extensions are; digitalSignature and no CA unless said. */
  readonly leafExtensions?: readonly Extension[];
}

export interface MintedIssuer {
  readonly certificate: Certificate;
  readonly key: MintKey;
}

export interface MintedChain {
  readonly leaf: Certificate;
  readonly leafKey: MintKey;
  /** Right above the leaf first, root last. */
  readonly issuers: readonly MintedIssuer[];
  /** Certificates of `issuers`, as `verifyChain` takes them. */
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  /** A time at which the chain is valid. */
  readonly at: Date;
}

/** A chain that verifies at `at` against `anchors`, but for what the options spoil. */
export async function mintChain(options: ChainOptions = {}): Promise<MintedChain> {
  const count = options.intermediates ?? 1;
  const kinds =
    typeof options.keys === 'string' ? { leaf: options.keys, issuers: options.keys } : (options.keys ?? {});
  const rootKey = await mintKey(kinds.issuers);
  const rootName = commonName('mint root');
  const root = await mint(
    {
      subject: rootName,
      key: rootKey,
      issuer: rootName,
      signer: rootKey,
      serial: 1,
      extensions: CA_EXTENSIONS,
    },
    options.root,
  );
  const issuers: MintedIssuer[] = [{ certificate: root, key: rootKey }];
  for (let left = count; left > 0; left--) {
    const above = issuers[0] ?? { certificate: root, key: rootKey };
    const key = await mintKey(kinds.issuers);
    const order: MintOrder = {
      subject: commonName(`mint intermediate ${left}`),
      key,
      issuer: above.certificate.subject.der,
      signer: above.key,
      serial: 100 + left,
      extensions: CA_EXTENSIONS,
    };
    issuers.unshift({ certificate: await mint(order, left === 1 ? options.intermediate : undefined), key });
  }
  const above = issuers[0] ?? { certificate: root, key: rootKey };
  const leafKey = await mintKey(kinds.leaf);
  const leaf = await mint(
    {
      subject: commonName('mint leaf'),
      key: leafKey,
      issuer: above.certificate.subject.der,
      signer: above.key,
      serial: 1000,
      extensions: options.leafExtensions ?? [basicConstraints(false), keyUsage(0)],
    },
    options.leaf,
  );
  return {
    leaf,
    leafKey,
    issuers,
    intermediates: issuers.map(({ certificate }) => certificate),
    anchors: [{ name: 'mint root', spkiSha256: await spkiSha256(rootKey.spki) }],
    at: MINT_AT,
  };
}

async function mint(order: MintOrder, spoil: Spoil | undefined): Promise<Certificate> {
  const identifiers = await keyIdentifiers(order.key, order.signer);
  return mintSpoilt(templateOf({ ...order, extensions: [...order.extensions, ...identifiers] }), spoil);
}
