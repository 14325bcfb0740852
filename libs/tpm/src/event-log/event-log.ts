import type { Bytes } from '@asterism/bytes';
import type { TpmHashName } from '../structures/algorithms.ts';

/** One TCG_PCR_EVENT2 (or TCG_PCR_EVENT of the SHA-1 format). */
export interface TpmEvent {
  readonly pcr: number;
  /** See `EVENT_TYPE`. */
  readonly type: number;
  /** What was extended, by bank. */
  readonly digests: ReadonlyMap<TpmHashName, Bytes>;
  /** For people and for rules; only in some types does it hash to the digest. */
  readonly data: Bytes;
}

/** Structure only: an event log proves nothing until it replays to quoted values (`verifyEventLog`). */
export interface TpmEventLog {
  readonly format: 'crypto-agile' | 'sha1';
  /** Banks that every event has a digest for. */
  readonly banks: readonly TpmHashName[];
  /** Without the Spec ID header. */
  readonly events: readonly TpmEvent[];
}
