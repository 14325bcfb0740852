import { CodedError, type Mismatch, type Outcome } from '@asterism/bytes';

const OUTCOMES = {
  'ssh-public-key-malformed': 'input',
  'ssh-public-key-unsupported': 'policy',
  /** What a certificate was to be made of. */
  'ssh-certificate-invalid': 'input',
  'ssh-certificate-malformed': 'input',
  'ssh-certificate-not-genuine': 'genuine',
  'ssh-certificate-refused': 'policy',
  'ssh-key-id-malformed': 'input',
  'ssh-revocation-list-invalid': 'input',
  'ssh-revocation-list-malformed': 'input',
} as const satisfies Record<string, Outcome>;

export type SshErrorCode = keyof typeof OUTCOMES;

/** Bytes or arguments that are not what OpenSSH's formats take, and certificates that are not to be taken. */
export class SshError extends CodedError<SshErrorCode> {
  readonly outcome: Outcome;

  constructor(code: SshErrorCode, message: string, options: Mismatch & { cause?: unknown } = {}) {
    super(code, message, options);
    this.outcome = OUTCOMES[code];
  }
}
