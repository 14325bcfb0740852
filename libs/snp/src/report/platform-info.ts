import { readBits, writeBits } from './bits.ts';

/** PLATFORM_INFO (AMD 56860 rev. 1.58 §7.3). */
const FLAGS = {
  smtEn: 0,
  tsmeEn: 1,
  eccEn: 2,
  raplDis: 3,
  ciphertextHidingEn: 4,
  aliasCheckComplete: 5,
  /** Reserved in the specification and yet set in genuine Turin reports, so it is carried and means nothing here. */
  undocumentedBit6: 6,
  tioEn: 7,
} as const;

export type PlatformInfo = Readonly<Record<keyof typeof FLAGS, boolean>>;

export function readPlatformInfo(value: bigint): PlatformInfo {
  return readBits('platform_info', value, FLAGS);
}

export function writePlatformInfo(info: PlatformInfo): bigint {
  return writeBits(info, FLAGS);
}
