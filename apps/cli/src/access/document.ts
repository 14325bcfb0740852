import { accessDocumentSchema, type AccessDocument } from '@asterism/contracts';
import { readFile } from 'node:fs/promises';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';

const MAX_BYTES = 1_048_576;
const MAX_ALIASES = 100;

/**
 * A declared-access document of a file, YAML or JSON (which YAML contains).
 * @throws UsageError `file-unreadable`, `file-malformed` with the line and the field of every fault
 */
export async function readAccessFile(file: string): Promise<AccessDocument> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError('file-unreadable', `${file} cannot be read (${code ?? 'unknown'})`, { cause });
  }
  return parseAccessText(text, file);
}

export function parseAccessText(text: string, file: string): AccessDocument {
  if (text.length > MAX_BYTES) throw new UsageError('file-malformed', `${file} is over ${MAX_BYTES} bytes`);
  const lines = new LineCounter();
  // A strict set of YAML: no tags of others, no name twice, and no more aliases than a person writes.
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    version: '1.2',
    schema: 'core',
  });
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) {
    const [line = 'it ends too soon'] = broken.message.split('\n');
    throw new UsageError('file-malformed', `${file}: ${line}`);
  }
  const parsed = accessDocumentSchema.safeParse(withComments(toValue(document, file)));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 10).map((issue) => toFault(issue, document, lines));
  throw new UsageError('file-malformed', `${file} does not declare access:\n  ${faults.join('\n  ')}`);
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw new UsageError('file-malformed', `${file}: its aliases do not resolve`, { cause });
  }
}

/** What need not be written. */
function withComments(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('users' in value) || !Array.isArray(value.users))
    return value;
  const users = (value.users as unknown[]).map((user) =>
    typeof user === 'object' && user !== null && !Array.isArray(user) ? { comment: '', ...user } : user,
  );
  return { ...value, users };
}

function toFault({ path, message }: z.core.$ZodIssue, document: Document, lines: LineCounter): string {
  const place = path.map(String).join('.') || 'the document';
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const range = isScalar(node) || isMap(node) ? node.range : undefined;
    if (range !== undefined && range !== null)
      return `line ${lines.linePos(range[0]).line}: ${place}: ${message}`;
  }
  return `${place}: ${message}`;
}
