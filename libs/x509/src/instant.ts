import { X509Error } from './errors.ts';

/** An invalid Date compares false with everything, so it would pass every "is it too early, is it too late". */
export function checkInstant(at: Date): void {
  if (Number.isNaN(at.getTime()))
    throw new X509Error('argument-invalid', 'time of verification is not a date');
}
