import type { toSignedEntity } from '@sigstore/verify';

type SignedEntity = ReturnType<typeof toSignedEntity>;

/** When a log or a timestamp authority saw the signature, the earliest; null where nobody did. Only once it is verified. */
export function signingTimeOf({ timestamps }: SignedEntity): Date | null {
  const times = timestamps.flatMap((stamp) => {
    if (stamp.$case === 'timestamp-authority') return [stamp.timestamp.signingTime.getTime()];
    // A log's time is only signed with its promise.
    const { inclusionPromise, integratedTime } = stamp.tlogEntry;
    return inclusionPromise === undefined ? [] : [Number(integratedTime) * 1000];
  });
  return times.length === 0 ? null : new Date(Math.min(...times));
}
