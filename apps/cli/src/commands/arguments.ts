import { InvalidArgumentError } from 'commander';

/** Parsers of option values; commander reports what they throw as bad usage. */
export function toCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= min && count <= max))
      throw new InvalidArgumentError(`want a whole number from ${min} to ${max}`);
    return count;
  };
}

export const toPort = toCount(0, 65_535);

export function toHexOf(bytes: number): (text: string) => string {
  return (text) => {
    if (!new RegExp(`^[0-9a-fA-F]{${2 * bytes}}$`).test(text)) {
      throw new InvalidArgumentError(`want ${2 * bytes} hexadecimal digits`);
    }
    return text.toLowerCase();
  };
}

/** Hexadecimal of any length up to `max` bytes; none at all is a value, too. */
export function toHexUpTo(max: number): (text: string) => string {
  return (text) => {
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(text) || text.length > 2 * max) {
      throw new InvalidArgumentError(`want up to ${max} bytes in hexadecimal`);
    }
    return text.toLowerCase();
  };
}

export function toDate(text: string): Date {
  const date = new Date(text);
  const [day] = /^\d{4}-\d\d-\d\d(?=$|T[\d:.]+(?:Z|[+-]\d\d:\d\d)$)/.exec(text) ?? [];
  if (day === undefined || Number.isNaN(date.getTime()) || !isInCalendar(day)) {
    throw new InvalidArgumentError('want a date as in ISO 8601, such as 2026-11-24T10:00:00Z');
  }
  return date;
}

/** `Date` takes 30 February for 2 March. */
function isInCalendar(day: string): boolean {
  return new Date(day).toISOString().startsWith(day);
}

/** Collects `NAME=FILE` options; a name that comes twice is refused. */
export function toPart(
  text: string,
  previous: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [, name, file] = /^([a-z][a-z-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined) throw new InvalidArgumentError('want NAME=FILE');
  if (previous.has(name)) throw new InvalidArgumentError(`part ${name} comes twice`);
  return new Map([...previous, [name, file]]);
}

export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** PCRs of a TPM, ascending. */
export function toPcrs(text: string): readonly number[] {
  const pcrs = text.split(',').map((part) => (/^\d{1,2}$/.test(part) ? Number(part) : Number.NaN));
  if (!pcrs.every((pcr) => pcr <= 23) || new Set(pcrs).size !== pcrs.length) {
    throw new InvalidArgumentError('want PCRs from 0 to 23, such as 7,11');
  }
  return pcrs.sort((a, b) => a - b);
}

/** Collects `PCR=HEX` options. */
export function toPcrValue(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, pcr, value] = /^(\d|1\d|2[0-3])=([0-9a-fA-F]{64}|[0-9a-fA-F]{96})$/.exec(text) ?? [];
  if (pcr === undefined || value === undefined)
    throw new InvalidArgumentError('want PCR=digest in hexadecimal');
  if (pcr in previous) throw new InvalidArgumentError(`PCR ${pcr} comes twice`);
  return { ...previous, [pcr]: value.toLowerCase() };
}
