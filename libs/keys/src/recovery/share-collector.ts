import { equalBytes, fromBase64url } from '@asterism/bytes';
import { combine } from 'shamir-secret-sharing';
import { wipe } from '../wipe.ts';
import { RecoveryError } from './errors.ts';
import { commitTo, type RecoveryScope } from './recovery-set.ts';
import { hashShare, type RecoveryShare } from './share.ts';

/** What is kept of a set: enough to tell a right share from a wrong one, and nothing of the secret. */
export interface RecoverySetRecord {
  readonly setId: string;
  readonly scope: RecoveryScope;
  readonly threshold: number;
  /** 32 bytes, of `CreatedRecoverySet`. */
  readonly commitment: Uint8Array;
  readonly shares: readonly { readonly index: number; readonly shareHash: Uint8Array }[];
}

export interface ShareProgress {
  /** Indexes, in the order in which they came. */
  readonly received: readonly number[];
  readonly threshold: number;
  readonly complete: boolean;
}

/**
 * Takes the shares of one set, each on its own merit: a wrong one is refused with its reason and leaves those that are
 * here as they are. Holds shares in memory until they are combined or wiped.
 */
export class ShareCollector {
  readonly #record: RecoverySetRecord;
  readonly #shares = new Map<number, Uint8Array>();

  constructor(record: RecoverySetRecord) {
    this.#record = record;
  }

  get progress(): ShareProgress {
    const { threshold } = this.#record;
    const received = [...this.#shares.keys()];
    return { received, threshold, complete: received.length >= threshold };
  }

  /**
   * @param share from `parseShare` or `openShare`
   * @throws RecoveryError `recovery-share-foreign`, `recovery-share-wrong`, `recovery-share-repeated`
   */
  add(share: RecoveryShare): ShareProgress {
    this.#requireOwn(share);
    const bytes = fromBase64url(share.share);
    const known = this.#record.shares.find(({ index }) => index === share.index);
    if (
      share.threshold !== this.#record.threshold ||
      share.count !== this.#record.shares.length ||
      known === undefined ||
      !equalBytes(known.shareHash, hashShare(share.set, share.index, bytes))
    ) {
      wipe(bytes);
      throw new RecoveryError('recovery-share-wrong', `not share ${share.index} of its set`);
    }
    if (this.#shares.has(share.index)) {
      wipe(bytes);
      throw new RecoveryError('recovery-share-repeated', `share ${share.index} is here already`);
    }
    this.#shares.set(share.index, bytes);
    return this.progress;
  }

  /**
   * The secret, the caller's to wipe. The shares are used up, also by a failure; only where there are too few they stay.
   * @throws RecoveryError `recovery-shares-missing`, `recovery-secret-wrong`
   */
  async combine(): Promise<Uint8Array> {
    const { threshold, setId, scope, commitment } = this.#record;
    if (this.#shares.size < threshold) {
      throw new RecoveryError('recovery-shares-missing', 'fewer shares than the threshold', {
        got: this.#shares.size,
        want: threshold,
      });
    }
    const shares = [...this.#shares.values()];
    this.#shares.clear();
    try {
      const secret = await combine(shares.slice(0, threshold));
      if (equalBytes(commitTo(secret, setId, scope), commitment)) return secret;
      wipe(secret);
      throw new RecoveryError(
        'recovery-secret-wrong',
        'the shares give another secret than the set was made of',
      );
    } finally {
      wipe(...shares);
    }
  }

  /** Forgets what was given. */
  wipe(): void {
    wipe(...this.#shares.values());
    this.#shares.clear();
  }

  #requireOwn({ set, scope }: RecoveryShare): void {
    const own = this.#record;
    if (ownerOf(scope) !== ownerOf(own.scope)) {
      throw new RecoveryError('recovery-share-foreign', 'share of another cluster or platform', {
        got: ownerOf(scope),
        want: ownerOf(own.scope),
      });
    }
    if (set !== own.setId) {
      throw new RecoveryError('recovery-share-foreign', 'share of another set', {
        got: set,
        want: own.setId,
      });
    }
  }
}

/** A cluster's name may have changed since. */
function ownerOf(scope: RecoveryScope): string {
  return scope.kind === 'platform' ? scope.kind : scope.id;
}
