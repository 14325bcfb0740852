import { CodedError, type Mismatch, type Outcome } from '@asterism/bytes';

const OUTCOMES = {
  /** Read before anything is trusted: not LUKS2, damaged, or not what this lib writes. */
  'state-disk-no-header': 'genuine',
  'state-disk-header-malformed': 'genuine',
  'state-disk-header-refused': 'genuine',
  'state-disk-key-wrong': 'genuine',
  'state-disk-token-wrong': 'genuine',
  'state-disk-rolled-back': 'genuine',
  'state-disk-not-blank': 'policy',
  'state-disk-too-small': 'fault',
  'state-disk-missing': 'fault',
  'state-disk-busy': 'fault',
  'state-disk-io-error': 'fault',
  'state-disk-memory-missing': 'fault',
  'cryptsetup-missing': 'fault',
  'cryptsetup-too-old': 'fault',
  'cryptsetup-failed': 'fault',
  'device-mapper-missing': 'fault',
  'file-system-failed': 'fault',
  'mount-failed': 'fault',
  'discard-without-integrity-only': 'input',
} as const satisfies Record<string, Outcome>;

export type StateDiskErrorCode = keyof typeof OUTCOMES;

/** A state disk could not be formatted or opened. What was on a disk that is not ours is as it was. */
export class StateDiskError extends CodedError<StateDiskErrorCode> {
  readonly outcome: Outcome;
  /** That the header shows, where that is the fault (`state-disk-rolled-back`). */
  readonly epoch: number | null;

  constructor(
    code: StateDiskErrorCode,
    message: string,
    options: Mismatch & { cause?: unknown; epoch?: number } = {},
  ) {
    super(code, message, options);
    this.outcome = OUTCOMES[code];
    this.epoch = options.epoch ?? null;
  }
}
