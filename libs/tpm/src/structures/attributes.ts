import type { Reader } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';

/** TPMA_OBJECT bits, Part 2 §8.3.2. */
export const OBJECT_ATTRIBUTE = {
  fixedTpm: 1 << 1,
  stClear: 1 << 2,
  fixedParent: 1 << 4,
  sensitiveDataOrigin: 1 << 5,
  userWithAuth: 1 << 6,
  adminWithPolicy: 1 << 7,
  firmwareLimited: 1 << 8,
  svnLimited: 1 << 9,
  noDa: 1 << 10,
  encryptedDuplication: 1 << 11,
  restricted: 1 << 16,
  decrypt: 1 << 17,
  sign: 1 << 18,
  x509Sign: 1 << 19,
} as const;

export type ObjectAttribute = keyof typeof OBJECT_ATTRIBUTE;

const NAMES = Object.keys(OBJECT_ATTRIBUTE) as ObjectAttribute[];
const KNOWN = NAMES.reduce((mask, name) => mask | OBJECT_ATTRIBUTE[name], 0);

/** Reserved bits must be zero. */
export function readObjectAttributes(reader: Reader): number {
  const attributes = reader.u32();
  if ((attributes & ~KNOWN) !== 0) {
    throw new TpmFormatError('malformed', 'TPMA_OBJECT: a reserved bit is set', { got: attributes });
  }
  return attributes;
}

/** The bits by name, for messages and pages. */
export function objectAttributeNames(attributes: number): ObjectAttribute[] {
  return NAMES.filter((name) => (attributes & OBJECT_ATTRIBUTE[name]) !== 0);
}

export function toObjectAttributes(names: readonly ObjectAttribute[]): number {
  return names.reduce((mask, name) => mask | OBJECT_ATTRIBUTE[name], 0);
}

/** Attributes of `names` that are not set. */
export function missingAttributes(attributes: number, names: readonly ObjectAttribute[]): ObjectAttribute[] {
  return names.filter((name) => (attributes & OBJECT_ATTRIBUTE[name]) === 0);
}
