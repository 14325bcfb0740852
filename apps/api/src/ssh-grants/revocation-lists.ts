import { sshCertificates, sshRevokedKeys, type Queries, type sshAuthorities } from '@asterism/persistence';
import { parsePublicKey, writeRevocationList } from '@asterism/ssh';

/** Serials stay this long after their certificate's end: a session of it may still be open. The longest grant. */
const KEPT_MS = 604_800_000;

export interface RevocationListOf {
  /** Of access; the number of the list too. */
  readonly revision: number;
  /** Every version of every kind. */
  readonly authorities: readonly sshAuthorities.AuthorityRecord[];
  readonly now: Date;
}

/**
 * The key revocation list that nodes of a cluster get.
 * @param queries of the snapshot that the revision and the authorities were read in: the list is of one moment
 */
export async function revocationListFor(
  queries: Queries,
  clusterId: string,
  { revision, authorities, now }: RevocationListOf,
): Promise<Uint8Array> {
  const since = new Date(now.getTime() - KEPT_MS);
  const revoked = await sshCertificates.listRevoked(queries, clusterId, since);
  const serialsOf = Map.groupBy(revoked, ({ authorityVersion }) => authorityVersion);
  const ofUsers = authorities.filter(({ kind }) => kind === 'user');
  return writeRevocationList({
    version: BigInt(revision),
    generatedAt: now,
    comment: `access revision ${revision}`,
    certificates: ofUsers.map(({ version, publicKey }) => ({
      authority: parsePublicKey(publicKey),
      serials: (serialsOf.get(version) ?? []).map(({ serial }) => serial),
    })),
    fingerprints: [
      ...(await sshRevokedKeys.listFingerprints(queries, clusterId)),
      ...authorities
        .filter((each) => each.kind !== 'host' && each.revokedAt !== null)
        .map((each) => each.fingerprint),
    ],
  });
}
