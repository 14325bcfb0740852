import { SnpInputError } from '../errors.ts';
import { readBits, writeBits } from './bits.ts';

/** Guest policy (AMD 56860 rev. 1.58 §4.3), chosen by whoever launched the guest. Bit 25 came with that revision. */
const FLAGS = {
  smt: 16,
  migrateMa: 18,
  debug: 19,
  singleSocket: 20,
  cxlAllow: 21,
  memAes256Xts: 22,
  raplDis: 23,
  ciphertextHiding: 24,
  pageSwapDisable: 25,
} as const;
/** Reserved, must be one. */
const ALWAYS_ONE = 1n << 17n;

export interface GuestPolicy extends Readonly<Record<keyof typeof FLAGS, boolean>> {
  /** Least firmware ABI that the guest asks for. */
  readonly abiMajor: number;
  readonly abiMinor: number;
}

export function readGuestPolicy(value: bigint): GuestPolicy {
  const flags = readBits('policy', value, FLAGS, 0xffffn | ALWAYS_ONE);
  if ((value & ALWAYS_ONE) === 0n) {
    throw new SnpInputError('report-malformed', 'bit 17 of policy is not one', { got: value });
  }
  return { abiMajor: Number((value >> 8n) & 0xffn), abiMinor: Number(value & 0xffn), ...flags };
}

export function writeGuestPolicy(policy: GuestPolicy): bigint {
  return (
    writeBits<keyof typeof FLAGS>(policy, FLAGS) |
    ALWAYS_ONE |
    (BigInt(policy.abiMajor) << 8n) |
    BigInt(policy.abiMinor)
  );
}
