import type { NodeAccessState } from '@asterism/contracts';
import { EMERGENCY_PRINCIPAL } from '@asterism/ssh';

/** What a node enforces at this moment; the rest of the state is not in it. */
export interface WantedAccess {
  readonly revision: number;
  /** Lines of TrustedUserCAKeys. */
  readonly authorities: readonly string[];
  /** Fingerprints are compared with what sshd's log says of sessions. */
  readonly revocationList: Uint8Array;
  /** By name, without `root`. */
  readonly accounts: ReadonlyMap<string, WantedAccount>;
  /** Lines of AuthorizedPrincipalsFile for `root`. */
  readonly root: readonly string[];
}

interface WantedAccount {
  /** Lines of AuthorizedPrincipalsFile; none: nobody logs in as it. */
  readonly principals: readonly string[];
  readonly sudo: NodeAccessState['accounts'][number]['sudo'];
}

/**
 * What of a state holds now. After `validUntil` nobody has told this node anything for too long: it keeps its accounts and
 * what is in their homes, and takes emergency certificates only.
 * @param now of this machine's clock, which its host sets (docs/limits.md)
 */
export function wantedAccess(state: NodeAccessState, now: Date): WantedAccess {
  const isOver = (time: string | null) => time !== null && Date.parse(time) <= now.getTime();
  const expired = isOver(state.validUntil);
  const places = expired ? [] : state.places;
  const lines = (account: string) => places.map((place) => `${account}@${place}`);
  const accounts = new Map<string, WantedAccount>();
  let root: readonly string[] = [];
  for (const { name, sudo, until } of state.accounts) {
    if (isOver(until)) continue;
    if (name === 'root') root = lines(name);
    else accounts.set(name, { principals: lines(name), sudo });
  }
  return {
    revision: state.revision,
    authorities: state.authorities
      .filter(({ kind, trustedUntil }) => !isOver(trustedUntil) && (!expired || kind === 'emergency'))
      .map(({ publicKey }) => publicKey),
    revocationList: Buffer.from(state.revocationList, 'base64url'),
    accounts,
    root: [...root, EMERGENCY_PRINCIPAL],
  };
}
