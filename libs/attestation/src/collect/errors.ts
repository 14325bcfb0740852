import { CodedError } from '@asterism/bytes';

export type CollectErrorCode =
  /** Another variant is asked for than the machine has. */
  | 'request-unfit'
  /** The machine's own evidence names no machine: a host that masks the chip, or a report by a VLEK. */
  | 'identity-unknown';

/** Evidence cannot be collected from this machine as asked. */
export class CollectError extends CodedError<CollectErrorCode> {
  readonly outcome = 'input';
}
