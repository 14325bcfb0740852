import type { CreatePolicy } from '@asterism/api-client';
import { policyDocumentSchema, type PolicyDocument } from '@asterism/contracts';
import { readText } from '../connection/endpoint.ts';
import { UsageError } from '../errors.ts';

/** A policy document of a file, whole and valid. @throws UsageError `file-malformed`, naming the field */
export async function readPolicyFile(file: string): Promise<PolicyDocument> {
  return parsePolicy(parseJson(await readText(file, 'policy'), file), file);
}

export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError('file-malformed', `${file} is not JSON`, { cause });
  }
}

function parsePolicy(value: unknown, file: string): PolicyDocument {
  const parsed = policyDocumentSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    'file-malformed',
    `${file}: ${issue?.path.join('.') || 'policy'}: ${issue?.message ?? 'not valid'}`,
  );
}

/** The same document: JSON leaves out an optional field that is undefined, which is all that the two types differ in. */
export function toSdkPolicy(document: PolicyDocument): CreatePolicy['document'] {
  return document as CreatePolicy['document'];
}
