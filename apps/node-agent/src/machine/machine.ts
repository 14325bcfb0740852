import type { AgentAttester } from '@asterism/attested-tls';
import type { KeySeal } from '../access/access-cache.ts';

/** What the agent needs of the machine that it runs on. */
export interface Machine extends AgentAttester {
  /**
   * One boot, one value: as verifiers read it from evidence, `resetCount.restartCount` of a quote or the REPORT_ID of a
   * report, else the kernel's own.
   */
  readonly boot: string;
  /** The attestation key was made at this start; false where the machine brings its own. */
  readonly keyIsNew: boolean;
  /** Keeps keys for this boot chain; null where the machine has no TPM. */
  readonly seal: KeySeal | null;
  /** Whether this boot is locked, into whatever. */
  isLocked(): Promise<boolean>;
  /** @throws NodeError `lock-foreign` */
  lock(clusterId: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
