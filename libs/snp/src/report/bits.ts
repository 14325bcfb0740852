import { SnpInputError } from '../errors.ts';

/** Name of each flag to its bit. */
type BitTable<Name extends string> = Readonly<Record<Name, number>>;

/** Flags of a table. @throws SnpInputError `report-malformed` on a bit that is in no table and not in `alsoKnown`. */
export function readBits<Name extends string>(
  field: string,
  value: bigint,
  table: BitTable<Name>,
  alsoKnown = 0n,
): Record<Name, boolean> {
  const names = Object.keys(table) as Name[];
  const known = names.reduce((mask, name) => mask | bit(table[name]), alsoKnown);
  if ((value & ~known) !== 0n) {
    throw new SnpInputError('report-malformed', `reserved bits of ${field} are set`, {
      got: value,
      want: known,
    });
  }
  return Object.fromEntries(names.map((name) => [name, (value & bit(table[name])) !== 0n])) as Record<
    Name,
    boolean
  >;
}

export function writeBits<Name extends string>(
  flags: Readonly<Record<Name, boolean>>,
  table: BitTable<Name>,
): bigint {
  const names = Object.keys(table) as Name[];
  return names.reduce((value, name) => (flags[name] ? value | bit(table[name]) : value), 0n);
}

function bit(number: number): bigint {
  return 1n << BigInt(number);
}
