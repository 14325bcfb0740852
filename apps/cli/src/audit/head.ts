import type { AuditHead } from '@asterism/contracts';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import type { ChainBreak, ChainState } from './chain.ts';

/**
 * The signed head against what the records gave at its number. Whoever cuts records off the end, or writes the whole
 * chain anew, cannot make this fit without the signing key. @returns null where it holds
 */
export async function verifyHead(
  head: Pick<AuditHead, 'sequence' | 'hash' | 'signature'> | null,
  recomputed: ChainState | null,
  jwks: unknown,
): Promise<ChainBreak | null> {
  if (head === null) return null;
  const broken = (reason: string): ChainBreak => ({ sequence: head.sequence, reason });
  try {
    const keys = createLocalJWKSet(jwks as JSONWebKeySet);
    const { payload } = await jwtVerify(head.signature, keys, { algorithms: ['ES256'] });
    if (payload['sequence'] !== head.sequence || payload['hash'] !== head.hash) {
      return broken('the signature of the head is over another record');
    }
  } catch (error) {
    if (error instanceof errors.JOSEError)
      return broken(`the signature of the head does not hold: ${error.message}`);
    throw error;
  }
  if (recomputed === null) return broken(`record ${head.sequence} of the signed head is missing`);
  if (recomputed.hash !== head.hash) return broken(`record ${head.sequence} is not the one that was signed`);
  return null;
}
