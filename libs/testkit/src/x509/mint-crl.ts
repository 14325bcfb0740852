import type { Bytes } from '@asterism/bytes';
import {
  derBitString,
  derExplicit,
  derSequence,
  derTime,
  derUnsignedInteger,
  EXTENSION,
  parseCrl,
  type Crl,
  type Extension,
} from '@asterism/x509';
import { authorityKeyIdentifier, encodeExtensions, mintKeyIdentifier } from './mint-certificate.ts';
import type { MintedIssuer } from './mint-chain.ts';
import type { MintKey } from './mint-key.ts';

export interface CrlOptions {
  /** Serial numbers. */
  readonly revoked?: readonly number[];
  readonly entryExtensions?: readonly Extension[];
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  readonly issuerName?: Bytes;
  /** Signs instead of the issuer's key, under the issuer's identifier. */
  readonly signer?: MintKey;
  /** Added to authority key identifier and CRL number. */
  readonly extensions?: readonly Extension[];
  readonly signature?: (genuine: Bytes) => Bytes;
}

/** A complete list of the issuer's that is fresh at the chain's `at`, but for what the options spoil. */
export async function mintCrl(issuer: MintedIssuer, options: CrlOptions = {}): Promise<Crl> {
  const signer = options.signer ?? issuer.key;
  const thisUpdate = options.thisUpdate ?? new Date('2026-05-20T00:00:00Z');
  const nextUpdate = options.nextUpdate ?? new Date('2026-06-20T00:00:00Z');
  const entryExtensions = options.entryExtensions ?? [];
  const entries = (options.revoked ?? []).map((serial) =>
    derSequence(
      derUnsignedInteger(serial),
      derTime(thisUpdate),
      ...(entryExtensions.length === 0 ? [] : [encodeExtensions(entryExtensions)]),
    ),
  );
  const extensions = [
    authorityKeyIdentifier(await mintKeyIdentifier(issuer.key)),
    { oid: EXTENSION.crlNumber, critical: false, value: derUnsignedInteger(7) },
    ...(options.extensions ?? []),
  ];
  const tbs = derSequence(
    derUnsignedInteger(1),
    signer.algorithm,
    options.issuerName ?? issuer.certificate.subject.der,
    derTime(thisUpdate),
    derTime(nextUpdate),
    ...(entries.length === 0 ? [] : [derSequence(...entries)]),
    derExplicit(0, encodeExtensions(extensions)),
  );
  const genuine = await signer.sign(tbs);
  const signature = options.signature?.(genuine) ?? genuine;
  return parseCrl(derSequence(tbs, signer.algorithm, derBitString(signature)));
}
