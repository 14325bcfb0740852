/**
 * Every code a problem may carry, and the one HTTP status it maps to. Codes are stable; details may change.
 * `attestation-*` details name claims of the caller's own machine only (S33).
 */
export const ERROR_CODES = {
  // Requests
  'request-invalid': 400,
  'body-too-large': 413,
  'body-too-deep': 400,
  'media-type-unsupported': 415,
  'cursor-invalid': 400,
  'confirmation-mismatch': 400,
  'policy-invalid': 400,
  'measurements-invalid': 400,
  'variant-unsupported': 400,
  'idempotency-key-invalid': 400,
  // Who is calling
  'credentials-missing': 401,
  'credentials-invalid': 401,
  'credentials-expired': 401,
  'permission-denied': 403,
  // What is asked for
  'route-unknown': 404,
  'method-not-allowed': 405,
  'cluster-unknown': 404,
  'pool-unknown': 404,
  'policy-unknown': 404,
  'enrolment-unknown': 404,
  'node-unknown': 404,
  'token-unknown': 404,
  'evidence-request-unknown': 404,
  'cluster-exists': 409,
  'cluster-not-empty': 409,
  'pool-exists': 409,
  'pool-not-empty': 409,
  'policy-none-active': 409,
  'enrolment-decided': 409,
  'node-state-conflict': 409,
  'node-offline': 409,
  'idempotency-key-reused': 422,
  'measurements-refused': 422,
  'precondition-missing': 428,
  'precondition-failed': 412,
  // Attestation on the node listener
  'attestation-required': 401,
  'attestation-expired': 401,
  'nonce-invalid': 401,
  'evidence-invalid': 400,
  'evidence-not-genuine': 403,
  'evidence-refused': 403,
  'evidence-undecided': 503,
  'evidence-variant-wrong': 403,
  'activation-required': 401,
  'activation-failed': 403,
  'identity-duplicate': 409,
  'identity-changed': 403,
  'node-locked': 409,
  'node-not-locked': 409,
  'node-quarantined': 403,
  'node-revoked': 403,
  'enrolment-denied': 403,
  'state-disk-not-owned': 403,
  // Ourselves
  'rate-limited': 429,
  overloaded: 503,
  'database-unavailable': 503,
  sealed: 503,
  'shutting-down': 503,
  timeout: 504,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One-line titles; `detail` says what happened this time. */
export function toTitle(code: ErrorCode): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
