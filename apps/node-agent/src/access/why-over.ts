import type { NodeAccessState } from '@asterism/contracts';
import { fingerprintOf, isRevoked, parseKeyId, parsePublicKey, type RevocationList } from '@asterism/ssh';
import type { OpenSession } from './session-store.ts';
import type { WantedAccess } from './wanted-access.ts';

/** What open sessions are held against. */
export interface SessionRules {
  readonly wanted: WantedAccess;
  readonly revoked: RevocationList;
  /** `SHA256:…` of the authorities that are trusted. */
  readonly authorities: ReadonlySet<string>;
  readonly sessions: NodeAccessState['sessions'];
  readonly now: Date;
}

export function fingerprintsOf(authorities: readonly string[]): ReadonlySet<string> {
  return new Set(authorities.map((line) => fingerprintOf(parsePublicKey(line))));
}

/**
 * Why a session is not to go on; null: it is. Whoever was let in by something else than a certificate of this platform was let
 * in by somebody else, and is seen but never ended, unless it is as an account of ours that is no more.
 */
export function whyOver(session: OpenSession, rules: SessionRules): string | null {
  const { certificate, account, isOurs } = session;
  const { wanted, revoked, authorities, sessions, now } = rules;
  if (isOurs && !wanted.accounts.has(account)) return 'the account is not declared any more';
  if (certificate === null) return null;
  const keyId = parseKeyId(certificate.keyId);
  if (keyId === undefined) return null;
  if (!authorities.has(certificate.authority)) return 'its authority is not trusted any more';
  const { fingerprint, authority } = certificate;
  if (
    isRevoked(revoked, {
      fingerprint,
      authority,
      serial: BigInt(certificate.serial),
      keyId: certificate.keyId,
    })
  ) {
    return 'its certificate is revoked';
  }
  if (keyId.kind === 'emergency') return null;
  const principals = account === 'root' ? wanted.root.slice(0, -1) : wanted.accounts.get(account)?.principals;
  if (principals === undefined || principals.length === 0)
    return 'nobody is to log in as this account any more';
  if (sessions === 'end-with-grant' && keyId.until * 1_000 <= now.getTime())
    return 'the time of its grant is over';
  return null;
}
