import type { PckCa } from '@asterism/tdx';
import { spkiSha256, type TrustAnchor } from '@asterism/x509';
import { basicConstraints, commonName, keyUsage } from '../x509/mint-certificate.ts';
import type { MintedIssuer } from '../x509/mint-chain.ts';
import { mintKey, type MintKeyKind } from '../x509/mint-key.ts';
import {
  CA_EXTENSIONS,
  keyIdentifiers,
  mintSpoilt,
  templateOf,
  type MintOrder,
  type Spoil,
} from '../x509/mint-template.ts';

export interface TdxPkiOptions {
  /** Dates of all that is minted; the mint's own year unless said. */
  readonly validity?: { readonly notBefore: Date; readonly notAfter: Date };
  readonly root?: Spoil;
  readonly platformCa?: Spoil;
  readonly processorCa?: Spoil;
  readonly tcbSigner?: Spoil;
  /** Kind of the TCB signer's key; P-256 unless said. */
  readonly tcbSignerKey?: MintKeyKind;
}

/** Intel's issuers, whose private keys a test holds. */
export interface MintedTdxPki {
  readonly root: MintedIssuer;
  readonly pckCas: Readonly<Record<PckCa, MintedIssuer>>;
  readonly tcbSigner: MintedIssuer;
  /** What stands in for `INTEL_SGX_ROOTS`. */
  readonly anchors: readonly TrustAnchor[];
  /** A certificate of these issuers' with their dates. */
  issue(order: MintOrder, spoil?: Spoil): Promise<MintedIssuer>;
}

/** New issuers with Intel's names, but for what the options spoil. */
export async function mintTdxPki(options: TdxPkiOptions = {}): Promise<MintedTdxPki> {
  const issue: MintedTdxPki['issue'] = async (order, spoil) => {
    const extensions = [...order.extensions, ...(await keyIdentifiers(order.key, order.signer))];
    const genuine = { ...templateOf({ ...order, extensions }), ...options.validity };
    return { certificate: await mintSpoilt(genuine, spoil), key: order.key };
  };
  const rootKey = await mintKey();
  const name = commonName('Intel SGX Root CA');
  const root = await issue(
    { subject: name, key: rootKey, issuer: name, signer: rootKey, serial: 1, extensions: CA_EXTENSIONS },
    options.root,
  );
  const below = async (
    text: string,
    serial: number,
    kind: MintKeyKind,
    isCa: boolean,
  ): Promise<MintOrder> => ({
    subject: commonName(text),
    key: await mintKey(kind),
    issuer: root.certificate.subject.der,
    signer: rootKey,
    serial,
    extensions: isCa
      ? [basicConstraints(true, 0), keyUsage(5, 6)]
      : [basicConstraints(false), keyUsage(0, 1)],
  });
  const [platform, processor, tcbSigner] = await Promise.all([
    below('Intel SGX PCK Platform CA', 2, 'ecdsa-p256', true).then((order) =>
      issue(order, options.platformCa),
    ),
    below('Intel SGX PCK Processor CA', 3, 'ecdsa-p256', true).then((order) =>
      issue(order, options.processorCa),
    ),
    below('Intel SGX TCB Signing', 4, options.tcbSignerKey ?? 'ecdsa-p256', false).then((order) =>
      issue(order, options.tcbSigner),
    ),
  ]);
  return {
    root,
    pckCas: { platform, processor },
    tcbSigner,
    anchors: [{ name: 'minted SGX root', spkiSha256: await spkiSha256(rootKey.spki) }],
    issue,
  };
}
