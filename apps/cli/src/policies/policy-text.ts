import { policyDocumentSchema, type PolicyDocument } from '@asterism/contracts';
import { stripComments } from 'jsonc-parser';
import { UsageError } from '../errors.ts';
import { placeholdersOf } from './placeholder.ts';

/** JSON, in which comments may stand; a comma too many may not. @throws UsageError `file-malformed` */
export function parseCommentedJson(text: string, file: string): unknown {
  try {
    // Blanks in the place of comments keep the positions that a syntax error names.
    return JSON.parse(stripComments(text, ' '));
  } catch (cause) {
    throw new UsageError('file-malformed', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/**
 * A policy document, whole and valid. What a preset leaves to its user is named in full, before anything else is wrong.
 * @throws UsageError `policy-unfinished`, `file-malformed`, naming the fields
 */
export function parsePolicyText(text: string, file: string): PolicyDocument {
  const json = parseCommentedJson(text, file);
  const open = placeholdersOf(json);
  if (open.length > 0) {
    const list = open.map(({ path, wanted }) => `\n  ${path}: ${wanted}`).join('');
    throw new UsageError('policy-unfinished', `${file} is not filled in yet:${list}`);
  }
  const parsed = policyDocumentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    'file-malformed',
    `${file}: ${issue?.path.join('.') || 'policy'}: ${issue?.message ?? 'not valid'}`,
  );
}
