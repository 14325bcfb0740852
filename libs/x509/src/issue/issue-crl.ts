import { fromHex } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';
import { EXTENSION, type Extension } from '../certificate/extensions.ts';
import { parseCrl, type Crl } from '../crl/crl.ts';
import { derExplicit, derSequence, derTime, derUnsignedInteger } from '../der/writer.ts';
import type { CryptoKey } from '../webcrypto.ts';
import { authorityKeyIdentifierExtension, encodeExtension } from './encode-extensions.ts';
import { signingOf, signStructure } from './sign.ts';

export interface IssueCrlRequest {
  readonly issuer: Pick<Certificate, 'subject' | 'subjectKeyIdentifier'>;
  readonly issuerKey: CryptoKey;
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serials as in `Certificate.serial`. */
  readonly revoked: readonly {
    readonly serial: string;
    readonly at: Date;
    readonly extensions?: readonly Extension[];
  }[];
  readonly extensions?: readonly Extension[] | undefined;
}

/** Issues a complete v2 revocation list. */
export async function issueCrl(request: IssueCrlRequest): Promise<Crl> {
  const { issuer, issuerKey, revoked } = request;
  const identifier = issuer.subjectKeyIdentifier;
  const extensions: readonly Extension[] = [
    ...(identifier === undefined ? [] : [authorityKeyIdentifierExtension(identifier)]),
    { oid: EXTENSION.crlNumber, critical: false, value: derUnsignedInteger(request.number) },
    ...(request.extensions ?? []),
  ];
  const entries = revoked.map(({ serial, at, extensions: own = [] }) =>
    derSequence(
      derUnsignedInteger(fromHex(serial)),
      derTime(at),
      ...(own.length === 0 ? [] : [derSequence(...own.map(encodeExtension))]),
    ),
  );
  const tbs = derSequence(
    derUnsignedInteger(1),
    signingOf(issuerKey).algorithm,
    issuer.subject.der,
    derTime(request.thisUpdate),
    derTime(request.nextUpdate),
    // RFC 5280 §5.1.2.6: absent when nothing is revoked.
    ...(entries.length === 0 ? [] : [derSequence(...entries)]),
    derExplicit(0, derSequence(...extensions.map(encodeExtension))),
  );
  return parseCrl(await signStructure(tbs, issuerKey));
}
