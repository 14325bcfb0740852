import { equalBytes } from '@asterism/bytes';
import type { SshCertificate } from './certificate.ts';
import { SshError } from './errors.ts';
import { fingerprintOf, type SshPublicKey } from './public-key.ts';
import { isSignedBy } from './signature.ts';
import { reading } from './wire.ts';

export interface CertificateExpectation {
  readonly kind: SshCertificate['kind'];
  /** Keys that may have signed it; none: nothing is taken (S04). */
  readonly authorities: readonly SshPublicKey[];
  /** It must name this one; compared whole, never as a pattern. */
  readonly principal: string;
  readonly now: Date;
}

/** Critical options that OpenSSH knows and this platform makes; an unknown one refuses. */
const KNOWN_OPTIONS = { user: ['force-command', 'source-address'], host: [] } as const;

/**
 * Whether a certificate is to be taken now, by this principal, from one of these authorities. Revocation is not looked at:
 * `isRevoked`; nor where its owner connects from.
 * @throws SshError `ssh-certificate-not-genuine` for another authority or a wrong signature; `ssh-certificate-refused` for
 * kind, time, principal or options
 */
export function verifyCertificate(certificate: SshCertificate, expectation: CertificateExpectation): void {
  const { authority, signed, signature, kind, validAfter, validBefore, principals, criticalOptions } =
    certificate;
  const { authorities, now, principal } = expectation;
  if (!authorities.some(({ blob }) => equalBytes(blob, authority.blob))) {
    throw new SshError('ssh-certificate-not-genuine', 'signed by an authority that is not trusted', {
      got: fingerprintOf(authority),
      want: authorities.map(fingerprintOf),
    });
  }
  const genuine = reading('ssh-certificate-malformed', 'certificate: its signature', () =>
    isSignedBy(authority, signed, signature),
  );
  if (!genuine) throw new SshError('ssh-certificate-not-genuine', 'its signature does not fit');
  if (kind !== expectation.kind) throw refused('is of the other kind', kind, expectation.kind);
  const seconds = BigInt(Math.floor(now.getTime() / 1_000));
  if (seconds < validAfter) throw refused('is not valid yet', seconds, validAfter);
  if (seconds >= validBefore) throw refused('has expired', seconds, validBefore);
  if (!principals.includes(principal)) throw refused('does not name the principal', principals, principal);
  const known: readonly string[] = KNOWN_OPTIONS[kind];
  for (const name of criticalOptions.keys()) {
    if (!known.includes(name)) throw refused('has a critical option that is not known', name, known);
  }
}

function refused(message: string, got: unknown, want: unknown): SshError {
  return new SshError('ssh-certificate-refused', `certificate ${message}`, { got, want });
}
