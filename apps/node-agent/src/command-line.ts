import { parseArgs } from 'node:util';
import { ConfigurationError } from './errors.ts';

/** The values of `--name FILE` options, each of which must be there once. @throws ConfigurationError */
export function readOptions<Name extends string>(
  argv: readonly string[],
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const usage = names.map((name) => `--${name} FILE`).join(' ');
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  let values: Readonly<Record<string, unknown>>;
  try {
    ({ values } = parseArgs({ args: [...argv], options, strict: true }));
  } catch (cause) {
    throw new ConfigurationError('command-line-invalid', `${(cause as Error).message}; usage: ${usage}`, {
      cause,
    });
  }
  const missing = names.filter((name) => typeof values[name] !== 'string');
  if (missing.length > 0) {
    const list = missing.map((name) => `--${name}`).join(', ');
    throw new ConfigurationError('command-line-invalid', `${list} missing; usage: ${usage}`);
  }
  return values as Readonly<Record<Name, string>>;
}
