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
