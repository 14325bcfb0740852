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

/** What `--detect` looks at; null where it was not asked for. @throws ConfigurationError */
export function readDetection(argv: readonly string[]): { readonly config: string | null } | null {
  if (!argv.includes('--detect')) return null;
  const options = { detect: { type: 'boolean' }, config: { type: 'string' } } as const;
  try {
    return { config: parseArgs({ args: [...argv], options, strict: true }).values.config ?? null };
  } catch (cause) {
    const message = `${(cause as Error).message}; usage: --detect [--config FILE]`;
    throw new ConfigurationError('command-line-invalid', message, { cause });
  }
}

/** `--restore-access`: what is remembered of SSH access, and no more; null where it was not asked for. @throws ConfigurationError */
export function readRestoration(argv: readonly string[]): { readonly config: string } | null {
  const rest = argv.filter((argument) => argument !== '--restore-access');
  return rest.length === argv.length ? null : readOptions(rest, ['config']);
}
