const UNITS = [
  { seconds: 86_400, letter: 'd', word: 'day' },
  { seconds: 3_600, letter: 'h', word: 'hour' },
  { seconds: 60, letter: 'm', word: 'minute' },
  { seconds: 1, letter: 's', word: 'second' },
] as const;

/** In the largest unit that it is whole in: `15 minutes`. */
export function toDuration(seconds: number): string {
  const unit = UNITS.find((each) => seconds >= each.seconds && seconds % each.seconds === 0) ?? UNITS[3];
  const count = seconds / unit.seconds;
  return `${count} ${unit.word}${count === 1 ? '' : 's'}`;
}

/** As it is typed, and read by `parseDuration`: `15m`. */
export function toShortDuration(seconds: number): string {
  const unit = UNITS.find((each) => seconds >= each.seconds && seconds % each.seconds === 0) ?? UNITS[3];
  return `${seconds / unit.seconds}${unit.letter}`;
}

/** Seconds of `90s`, `15m`, `8h` or `2d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, count, letter] = /^([1-9]\d{0,6}) ?([smhd])$/.exec(text.trim()) ?? [];
  const unit = UNITS.find((each) => each.letter === letter);
  return unit === undefined ? undefined : Number(count) * unit.seconds;
}
