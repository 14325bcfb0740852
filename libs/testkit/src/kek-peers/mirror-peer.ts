import type { KekFault } from './kek-peer.ts';

/** Storage on this machine, with a bucket for mirrors of keys. */
export interface MirrorPeer {
  readonly mirrors: {
    readonly usual: unknown;
    /** A bucket that is not there. */
    readonly unknown: unknown;
    /** Credentials that may not use it. */
    readonly denied: unknown;
  };
  readonly secrets: readonly string[];
  fault(fault: KekFault | undefined): Promise<void>;
  stop(): Promise<void>;
}
