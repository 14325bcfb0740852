import { Reader, toHex } from '@asterism/bytes';
import { TdxRefusedError } from '../errors.ts';
import type { TdReport } from '../quote/td-report.ts';

/** Bits of TD_ATTRIBUTES (Intel TDX Module 1.5 ABI, 348551; named as in Linux, arch/x86/include/asm/shared/tdx.h). */
const TD_ATTRIBUTE = {
  debug: 0n,
  icssd: 16n,
  lass: 27n,
  septVeDisable: 28n,
  migratable: 29n,
  pks: 30n,
  kl: 31n,
  tpa: 62n,
  perfmon: 63n,
} as const;

export type TdAttribute = keyof typeof TD_ATTRIBUTE;

/** Bits 0 to 7, "TD under debug": none may be set in a TD that is to be trusted, named or not. */
const UNDER_DEBUG = 0xffn;
const KNOWN_ATTRIBUTES = maskOf(Object.values(TD_ATTRIBUTE));
/**
 * State that XFAM can enable: x87, SSE, AVX, AVX-512 (5 to 7), PT, PKRU, CET (11, 12), UINTR, LBR, AMX (17, 18) and APX
 * (ibid., XFAM; Intel SDM vol. 1, §13.1). The rest is reserved or not virtualised in a TD.
 */
const KNOWN_XFAM = maskOf([0n, 1n, 2n, 5n, 6n, 7n, 8n, 9n, 11n, 12n, 14n, 15n, 17n, 18n, 19n]);

export function hasTdAttribute({ tdAttributes }: TdReport, attribute: TdAttribute): boolean {
  return ((bits(tdAttributes) >> TD_ATTRIBUTE[attribute]) & 1n) === 1n;
}

/**
 * No debugging, and nothing switched on of which it is not known what it does (S14).
 * @throws TdxRefusedError `debug`, `reserved-attributes`, `reserved-xfam`
 */
export function checkTdConfiguration({ tdAttributes, xfam }: TdReport): void {
  const attributes = bits(tdAttributes);
  if ((attributes & UNDER_DEBUG) !== 0n) {
    throw new TdxRefusedError('debug', 'trust domain is under debug', { got: toHex(tdAttributes) });
  }
  if ((attributes & ~KNOWN_ATTRIBUTES) !== 0n) {
    throw new TdxRefusedError('reserved-attributes', 'reserved attributes are set', {
      got: toHex(tdAttributes),
    });
  }
  if ((bits(xfam) & ~KNOWN_XFAM) !== 0n) {
    throw new TdxRefusedError('reserved-xfam', 'reserved bits of XFAM are set', { got: toHex(xfam) });
  }
}

function bits(field: Uint8Array): bigint {
  return new Reader(field, 'little').u64();
}

function maskOf(positions: readonly bigint[]): bigint {
  return positions.reduce((mask, position) => mask | (1n << position), 0n);
}
