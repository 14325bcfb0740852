import { CodedError } from '@asterism/bytes';
import { responseCodeName, responseKind, TPM_RC } from './response-code.ts';

export type TpmCommandErrorCode =
  | 'command-failed'
  | 'policy-failed'
  | 'not-started'
  | 'busy'
  | 'response-malformed'
  | 'response-forged'
  | 'pcrs-moving';

/**
 * The TPM refused a command or answered nonsense. `policy-failed`: an object sealed to PCRs whose values are others
 * now. `pcrs-moving`: a PCR was extended in the middle; try again. `not-started`: no TPM2_Startup since power on.
 */
export class TpmCommandError extends CodedError<TpmCommandErrorCode> {
  readonly outcome = 'fault';
  /** TPM_RC; 0 where the TPM's answer was not an error code. */
  readonly responseCode: number;
  /** Such as `TPM_RC_RETRY`. */
  readonly responseName: string;

  constructor(
    code: TpmCommandErrorCode,
    message: string,
    options: { responseCode?: number; got?: unknown; want?: unknown; cause?: unknown } = {},
  ) {
    const { responseCode = TPM_RC.success, ...rest } = options;
    super(code, message, rest);
    this.responseCode = responseCode;
    this.responseName = responseCodeName(responseCode);
  }
}

const CODE_OF = new Map<number, TpmCommandErrorCode>([
  [TPM_RC.policyFail, 'policy-failed'],
  [TPM_RC.pcrChanged, 'pcrs-moving'],
  [TPM_RC.initialize, 'not-started'],
  [TPM_RC.retry, 'busy'],
  [TPM_RC.yielded, 'busy'],
  [TPM_RC.testing, 'busy'],
]);

export function commandFailed(command: string, responseCode: number): TpmCommandError {
  const code = CODE_OF.get(responseKind(responseCode)) ?? 'command-failed';
  const name = responseCodeName(responseCode);
  return new TpmCommandError(code, `TPM2_${command} failed with ${name}`, { responseCode, got: name });
}
