import { CodedError, type Mismatch } from '@asterism/bytes';

/** A need or an item is not what it should be; says nothing about who made it. */
export type CollateralInputErrorCode = 'need-malformed' | 'item-malformed';

export class CollateralInputError extends CodedError<CollateralInputErrorCode> {
  readonly outcome = 'input';
}

/** Collateral that is well-formed, but not the vendor's, or not what was asked for. */
export type CollateralNotGenuineErrorCode = 'collateral-refused';

export class CollateralNotGenuineError extends CodedError<CollateralNotGenuineErrorCode> {
  readonly outcome = 'genuine';
}

/**
 * - `collateral-unavailable`: no usable answer came: unreachable, broken off, a status that says no;
 * - `collateral-unknown`: the vendor has none for this chip or platform;
 * - `collateral-busy`: too much is being asked for already, here or there;
 * - `collateral-timeout`: the deadline came first;
 * - `collateral-expired`: what there is has expired, or is not valid yet;
 * - `collateral-offline`: nothing is fetched here, and nothing was imported.
 */
export type CollateralUndecidedErrorCode =
  | 'collateral-unavailable'
  | 'collateral-unknown'
  | 'collateral-busy'
  | 'collateral-timeout'
  | 'collateral-expired'
  | 'collateral-offline';

/** Something that a decision needs is out of reach. Never a refusal of the evidence, and never an acceptance. */
export class CollateralUndecidedError extends CodedError<CollateralUndecidedErrorCode> {
  readonly outcome = 'undecided';
}

/** A vendor that says when to come back. */
export class VendorBusyError extends CollateralUndecidedError {
  /** Undefined where he does not say. */
  readonly retryAt: Date | undefined;

  constructor(message: string, mismatch: Mismatch, retryAt: Date | undefined) {
    super('collateral-busy', message, mismatch);
    this.retryAt = retryAt;
  }
}

export type CollateralError = CollateralInputError | CollateralNotGenuineError | CollateralUndecidedError;

export function isCollateralError(error: unknown): error is CollateralError {
  return (
    error instanceof CollateralInputError ||
    error instanceof CollateralNotGenuineError ||
    error instanceof CollateralUndecidedError
  );
}
