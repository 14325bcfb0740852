import { CodedError } from '@asterism/bytes';

export type CollateralFormatErrorCode =
  'collateral-unknown' | 'collateral-malformed' | 'collateral-too-large';

/** A file or text is not collateral of a kind that is read here. The message names it. */
export class CollateralFormatError extends CodedError<CollateralFormatErrorCode> {
  readonly outcome = 'input';
}
