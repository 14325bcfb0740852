import { KekError } from '@asterism/keys';
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { kekConfigurationSchema, type KekConfiguration } from './configuration.ts';

/**
 * Reads a file of format `asterism/kek/v1`.
 * @throws KekError `kek-configuration-invalid`: unreadable, no JSON, or every field that is wrong by its name. No value is
 *   repeated, in case somebody did write a secret into it.
 */
export async function readKekConfiguration(file: string): Promise<KekConfiguration> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new KekError('kek-configuration-invalid', `cannot read ${file}`, { cause });
  });
  const parsed = kekConfigurationSchema.safeParse(parseJson(text, file));
  if (parsed.success) return parsed.data;
  throw new KekError('kek-configuration-invalid', `${file}: ${nameWrongFields(parsed.error)}`);
}

/** Each field that is wrong and why, never its value. */
export function nameWrongFields({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('; ');
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new KekError('kek-configuration-invalid', `${file} is no JSON`);
  }
}
