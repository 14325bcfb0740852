import type { Bytes } from '@asterism/bytes';
import type { PolicyDocument } from '@asterism/contracts';

/** By what evidence from files is judged; null where the command line does not say. */
export interface JudgingContext {
  readonly nonce: Bytes | null;
  readonly policy: PolicyDocument | null;
  readonly clusterId: Bytes | null;
  readonly now: Date;
}
