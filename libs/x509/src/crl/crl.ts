import { copyBytes, equalBytes, toHex, type Bytes } from '@asterism/bytes';
import { readSignatureAlgorithm, type SignatureAlgorithm } from '../certificate/algorithm.ts';
import { decode } from '../certificate/certificate.ts';
import {
  decodeAuthorityKeyIdentifier,
  EXTENSION,
  readExtensions,
  type Extension,
} from '../certificate/extensions.ts';
import { readName, type Name } from '../certificate/name.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, TAG } from '../der/tag.ts';
import { asX509Error, X509Error } from '../errors.ts';

/** Largest list that is read, in bytes. */
const MAX_CRL_BYTES = 8 * 1024 * 1024;

/** A certificate revocation list as it stands; `verifyCrl` proves it. */
export interface Crl {
  readonly der: Bytes;
  /** TBSCertList, exactly the bytes that are signed. */
  readonly tbs: Bytes;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Bytes;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serial (as `Certificate.serial`) to the time of revocation. */
  readonly revoked: ReadonlyMap<string, Date>;
  readonly extensions: readonly Extension[];
  /** Extensions of entries, of all of them, that are marked critical. */
  readonly criticalEntryExtensions: ReadonlySet<string>;
  readonly authorityKeyIdentifier: Bytes | undefined;
}

/**
 * CertificateList v2 (RFC 5280 §5) from strict DER, at most 8 MiB. A list without `nextUpdate` would never expire and
 * is refused.
 * @throws X509Error `der-*`, `crl-malformed`, `too-large`
 */
export function parseCrl(der: Uint8Array): Crl {
  if (der.length > MAX_CRL_BYTES) {
    throw new X509Error('too-large', 'revocation list is too large', {
      got: der.length,
      want: MAX_CRL_BYTES,
    });
  }
  return asX509Error('crl-malformed', () => readCrl(der));
}

function readCrl(der: Uint8Array): Crl {
  const list = DerReader.of(der).enter(TAG.sequence);
  const tbs = list.element(TAG.sequence).der;
  const outer = list.element(TAG.sequence).der;
  const signature = list.bitStringOctets();
  list.expectEnd();

  const fields = DerReader.of(tbs).enter(TAG.sequence);
  // RFC 5280 §5.1.2.1: extensions ask for v2, and every list here has some (AKI, CRL number).
  const version = fields.smallInteger();
  if (version !== 1)
    throw new X509Error('crl-malformed', 'revocation list is not v2', { got: version, want: 1 });
  const inner = fields.element(TAG.sequence).der;
  if (!equalBytes(inner, outer)) {
    throw new X509Error('crl-malformed', 'inner and outer signature algorithm differ', {
      got: toHex(outer),
      want: toHex(inner),
    });
  }
  const issuer = readName(fields);
  const thisUpdate = fields.time();
  if (fields.nextTag !== TAG.utcTime && fields.nextTag !== TAG.generalizedTime) {
    throw new X509Error('crl-malformed', 'nextUpdate is missing');
  }
  const nextUpdate = fields.time();
  const { revoked, criticalEntryExtensions } = readEntries(fields.enterOptional(TAG.sequence));
  const wrapped = fields.enterOptional(contextConstructed(0));
  const extensions = wrapped === undefined ? [] : readExtensions(wrapped);
  wrapped?.expectEnd();
  fields.expectEnd();

  return {
    der: copyBytes(der),
    tbs: copyBytes(tbs),
    signatureAlgorithm: readSignatureAlgorithm(DerReader.of(inner)),
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    revoked,
    extensions,
    criticalEntryExtensions,
    authorityKeyIdentifier: decode(
      extensions,
      EXTENSION.authorityKeyIdentifier,
      decodeAuthorityKeyIdentifier,
    ),
  };
}

function readEntries(entries: DerReader | undefined): Pick<Crl, 'revoked' | 'criticalEntryExtensions'> {
  const revoked = new Map<string, Date>();
  const criticalEntryExtensions = new Set<string>();
  while (entries !== undefined && !entries.atEnd) {
    const entry = entries.enter(TAG.sequence);
    const serial = toHex(entry.unsignedInteger());
    const at = entry.time();
    if (!entry.atEnd) {
      for (const { oid, critical } of readExtensions(entry)) if (critical) criticalEntryExtensions.add(oid);
    }
    entry.expectEnd();
    if (!revoked.has(serial)) revoked.set(serial, at);
  }
  return { revoked, criticalEntryExtensions };
}
