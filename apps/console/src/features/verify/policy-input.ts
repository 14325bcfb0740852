import { policyDocumentSchema, sha256Schema, type PolicyDocument } from '@asterism/contracts';
import { stripComments } from 'jsonc-parser';

export type PolicyInput =
  { readonly ok: true; readonly policy: PolicyDocument } | { readonly ok: false; readonly reason: string };

/**
 * A policy document that somebody pasted or loaded, comments and all: whole and valid, or the first thing that is wrong with
 * it.
 */
export function readPolicyInput(text: string): PolicyInput {
  let value: unknown;
  try {
    value = JSON.parse(stripComments(text, ' '));
  } catch {
    return { ok: false, reason: 'this is not JSON' };
  }
  const parsed = policyDocumentSchema.safeParse(value);
  if (parsed.success) return { ok: true, policy: parsed.data };
  const [issue] = parsed.error.issues;
  return { ok: false, reason: `${issue?.path.join('.') || 'policy'}: ${issue?.message ?? 'not valid'}` };
}

export function isClusterId(text: string): boolean {
  return sha256Schema.safeParse(text).success;
}
