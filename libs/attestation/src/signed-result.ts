import type { Verification } from '@asterism/contracts';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import { EAR_PROFILE, type EarClaims } from './ear.ts';

export interface SignedResultCheck {
  readonly valid: boolean;
  /** Null where it is valid. */
  readonly reason: string | null;
}

const CLOCK_TOLERANCE_S = 300;

/** The EAT Attestation Result beside the evidence: signed by a key of the JWKS, over our nonce, and saying what the answer says. */
export async function verifySignedResult(
  answer: Verification,
  nonce: string,
  jwks: unknown,
  now: Date,
): Promise<SignedResultCheck> {
  const keys = createLocalJWKSet(jwks as JSONWebKeySet);
  try {
    const { payload } = await jwtVerify(answer.result, keys, {
      algorithms: ['ES256'],
      currentDate: now,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['iat', 'eat_nonce', 'eat_profile', 'submods'],
    });
    const reason = differenceOf(payload as unknown as EarClaims, answer, nonce, now);
    return { valid: reason === null, reason };
  } catch (error) {
    if (error instanceof errors.JOSEError) return { valid: false, reason: `${error.code}: ${error.message}` };
    throw error;
  }
}

function differenceOf(claims: EarClaims, answer: Verification, nonce: string, now: Date): string | null {
  if (claims.eat_profile !== EAR_PROFILE)
    return `profile is ${String(claims.eat_profile)}, want ${EAR_PROFILE}`;
  if (claims.eat_nonce !== nonce) return 'it is for another nonce';
  if (Math.abs(claims.iat - now.getTime() / 1000) > CLOCK_TOLERANCE_S) return 'it was not issued now';
  const submodule = claims.submods[answer.nodeName];
  if (submodule === undefined) return `it says nothing of ${answer.nodeName}`;
  if (submodule['ear.status'] !== answer.appraisal.status) {
    return `it says ${submodule['ear.status']}, the answer says ${answer.appraisal.status}`;
  }
  return null;
}
