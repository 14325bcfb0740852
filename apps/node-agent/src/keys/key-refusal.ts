import { CodedError } from '@asterism/bytes';

/** Codes of the key socket and their HTTP status; codes of the API come through with theirs. */
export const KEY_REFUSALS = {
  'request-invalid': 400,
  'key-not-allowed': 403,
  'route-unknown': 404,
  'method-not-allowed': 405,
  'length-required': 411,
  'body-too-large': 413,
  internal: 500,
  'not-member': 503,
  'api-unavailable': 503,
} as const;

/** A client of the key socket does not get what it asked for. */
export class KeyRefusal extends CodedError<string> {
  readonly outcome = 'policy';
  readonly status: number;

  constructor(
    code: keyof typeof KEY_REFUSALS | { readonly code: string; readonly status: number },
    detail: string,
  ) {
    const known = typeof code === 'string' ? { code, status: KEY_REFUSALS[code] } : code;
    super(known.code, detail);
    this.status = known.status;
  }
}
