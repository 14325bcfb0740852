const STEPS = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [Infinity, 86_400, 'd'],
] as const;

/** "just now", "12 s ago", "in 3 min". The browser's clock may be a little behind the API's. */
export function toRelativeTime(at: Date, now: number): string {
  const seconds = Math.round((now - at.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 2) return 'just now';
  const [, unit, name] = STEPS.find(([below]) => size < below) ?? STEPS[3];
  const text = `${Math.floor(size / unit)} ${name}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}
