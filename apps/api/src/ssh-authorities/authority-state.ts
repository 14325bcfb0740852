import type { SshAuthority, SshAuthorityKind } from '@asterism/contracts';
import type { sshAuthorities } from '@asterism/persistence';

type Record = sshAuthorities.AuthorityRecord;

/** The newest version of a kind that signs at this time; undefined while there is none. */
export function signingOf(records: readonly Record[], kind: SshAuthorityKind, now: Date): Record | undefined {
  return records
    .filter((each) => each.kind === kind && each.revokedAt === null && each.signsFrom <= now)
    .reduce<Record | undefined>(
      (newest, each) => (newest === undefined || each.version > newest.version ? each : newest),
      undefined,
    );
}

/** Trusted: not revoked, and its time is not over; one that signs later is trusted already. */
export function isTrusted({ revokedAt, trustedUntil }: Record, now: Date): boolean {
  return revokedAt === null && (trustedUntil === null || trustedUntil > now);
}

export function stateOf(record: Record, records: readonly Record[], now: Date): SshAuthority['state'] {
  if (record.revokedAt !== null) return 'revoked';
  if (!isTrusted(record, now)) return 'retired';
  if (record.signsFrom > now) return 'coming';
  return signingOf(records, record.kind, now)?.version === record.version ? 'signing' : 'retiring';
}

export function toAuthority(record: Record, records: readonly Record[], now: Date): SshAuthority {
  const { createdAt, signsFrom, trustedUntil, revokedAt, ...rest } = record;
  return {
    ...rest,
    state: stateOf(record, records, now),
    createdAt: createdAt.toISOString(),
    signsFrom: signsFrom.toISOString(),
    trustedUntil: trustedUntil?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
