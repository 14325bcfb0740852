import { CodedError, type Outcome } from '@asterism/bytes';

const OUTCOME_OF = {
  /** No copy of the header is well-formed. */
  'state-disk-header-invalid': 'input',
  /** A well-formed header asks for what a state disk never has. */
  'state-disk-header-refused': 'policy',
  /** The disk holds something, and it is not ours. */
  'state-disk-not-blank': 'policy',
  'state-disk-key-wrong': 'genuine',
  /** No token of ours, or it names another cluster or disk, or its MAC is not under this key. */
  'state-disk-foreign': 'genuine',
  'state-disk-rolled-back': 'policy',
  'state-disk-too-small': 'policy',
  'state-disk-missing': 'fault',
  'state-disk-busy': 'fault',
  'state-disk-io-error': 'fault',
  'file-system-failed': 'fault',
  'cryptsetup-missing': 'fault',
  'cryptsetup-too-old': 'fault',
  'cryptsetup-failed': 'fault',
  'program-missing': 'fault',
  'device-mapper-missing': 'fault',
  'not-tmpfs': 'fault',
  timeout: 'fault',
} as const satisfies Record<string, Outcome>;

export type StateDiskErrorCode = keyof typeof OUTCOME_OF;

/** A state disk that was not opened, or that failed. Nothing was changed on a disk that was refused. */
export class StateDiskError extends CodedError<StateDiskErrorCode> {
  get outcome(): Outcome {
    return OUTCOME_OF[this.code];
  }
}
