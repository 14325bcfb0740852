import { SnpInputError } from '../errors.ts';

/** Name of each flag to its bit, all of them among the lowest 31. */
type BitTable<Name extends string> = Readonly<Record<Name, number>>;

/** Flags of a table. @throws SnpInputError `report-malformed` on a bit that is in no table and not in `alsoKnown`. */
export function readBits<Name extends string>(
  field: string,
  value: bigint,
  table: BitTable<Name>,
  alsoKnown = 0,
): Record<Name, boolean> {
  const low = Number(value & 0x7fff_ffffn);
  const flags = {} as Record<Name, boolean>;
  let known = alsoKnown;
  for (const name in table) {
    const bit = 1 << table[name];
    known |= bit;
    flags[name] = (low & bit) !== 0;
  }
  if ((low & ~known) !== 0 || value >> 31n !== 0n) {
    throw new SnpInputError('report-malformed', `reserved bits of ${field} are set`, {
      got: value,
      want: known,
    });
  }
  return flags;
}

export function writeBits<Name extends string>(
  flags: Readonly<Record<Name, boolean>>,
  table: BitTable<Name>,
): bigint {
  let value = 0;
  for (const name in table) if (flags[name]) value |= 1 << table[name];
  return BigInt(value);
}
