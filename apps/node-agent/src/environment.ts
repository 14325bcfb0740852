/** What a program needs of the system around it, and nothing else of the launcher's own environment. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'TMPDIR'];

export function inheritedEnvironment(): Readonly<Record<string, string>> {
  const pairs = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}
