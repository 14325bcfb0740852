import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { ConfigurationError } from '../errors.ts';

const MAX_BYTES = 1024 * 1024;

/**
 * Reads a JSON file and checks it. Every field that does not fit is named at once.
 * @throws ConfigurationError `configuration-invalid`
 */
export async function readConfiguration<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw invalid(file, `cannot be read (${cause.code})`, cause);
  });
  if (bytes.length > MAX_BYTES) throw invalid(file, `is over ${MAX_BYTES} bytes`);
  return parseConfiguration(file, bytes.toString('utf8'), schema);
}

/** @param file for the message only. @throws ConfigurationError `configuration-invalid` */
export function parseConfiguration<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): z.output<Schema> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, `is not JSON: ${(cause as Error).message}`, cause);
  }
  const checked = schema.safeParse(document);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw invalid(file, faults.join('; '), checked.error);
}

function invalid(file: string, fault: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('configuration-invalid', `${file}: ${fault}`, { cause });
}
