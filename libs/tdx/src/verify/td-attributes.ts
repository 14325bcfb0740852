import { Reader, toHex } from '@asterism/bytes';
import { TdxRefusedError } from '../errors.ts';

/** Bits 0 to 7 put the TD under debug: none may be set in one that is trusted (TDX Module 1.5 ABI, TD_ATTRIBUTES). */
const DEBUG_GROUP = 0xffn;
/** ICSSD 16, LASS 27, SEPT_VE_DISABLE 28, MIGRATABLE 29, PKS 30, KL 31, TPA 62, PERFMON 63. */
const KNOWN = [16n, 27n, 28n, 29n, 30n, 31n, 62n, 63n].reduce((mask, bit) => mask | (1n << bit), 0n);

/** S14. @throws TdxRefusedError `debug`, `reserved-attributes` */
export function checkTdAttributes(tdAttributes: Uint8Array): void {
  const attributes = new Reader(tdAttributes, 'little').u64();
  if ((attributes & DEBUG_GROUP) !== 0n) {
    throw new TdxRefusedError('debug', 'trust domain is under debug', { got: toHex(tdAttributes) });
  }
  if ((attributes & ~KNOWN) !== 0n) {
    throw new TdxRefusedError('reserved-attributes', 'reserved attributes are set', { got: toHex(tdAttributes) });
  }
}
