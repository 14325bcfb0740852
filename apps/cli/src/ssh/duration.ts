import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of `90s`, `10m`, `8h` or `2d`; commander reports what it throws as bad usage. */
export function toSeconds(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit ?? ''] ?? Number.NaN);
  if (!(seconds >= 60))
    throw new InvalidArgumentError('want a time of a minute or more, such as 90s, 10m or 8h');
  return seconds;
}
