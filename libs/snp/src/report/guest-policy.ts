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
const ALWAYS_ONE = 1 << 17;

export interface GuestPolicy extends Readonly<Record<keyof typeof FLAGS, boolean>> {
  /** Least firmware ABI that the guest asks for. */
  readonly abiMajor: number;
  readonly abiMinor: number;
}

export function readGuestPolicy(value: bigint): GuestPolicy {
  const flags = readBits('policy', value, FLAGS, 0xffff | ALWAYS_ONE);
  const low = Number(value & 0xffff_ffffn);
  if ((low & ALWAYS_ONE) === 0) {
    throw new SnpInputError('report-malformed', 'bit 17 of policy is not one', { got: value });
  }
  return { abiMajor: (low >> 8) & 0xff, abiMinor: low & 0xff, ...flags };
}

export function writeGuestPolicy(policy: GuestPolicy): bigint {
  const flags = writeBits<keyof typeof FLAGS>(policy, FLAGS);
  return flags | BigInt(ALWAYS_ONE | (policy.abiMajor << 8) | policy.abiMinor);
}
