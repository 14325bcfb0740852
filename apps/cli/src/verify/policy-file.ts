import type { CreatePolicy } from '@asterism/api-client';
import type { PolicyDocument } from '@asterism/contracts';
import { readText } from '../connection/endpoint.ts';
import { UsageError } from '../errors.ts';
import { parsePolicyText } from '../policies/policy-text.ts';

/** A policy document of a file, whole and valid. @throws UsageError, naming the fields */
export async function readPolicyFile(file: string): Promise<PolicyDocument> {
  return parsePolicyText(await readText(file, 'policy'), file);
}

export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError('file-malformed', `${file} is not JSON`, { cause });
  }
}

/** The same document: JSON leaves out an optional field that is undefined, which is all that the two types differ in. */
export function toSdkPolicy(document: PolicyDocument): CreatePolicy['document'] {
  return document as CreatePolicy['document'];
}
