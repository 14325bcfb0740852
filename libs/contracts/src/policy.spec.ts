import { describe, expect, it } from 'vitest';
import { policyDocumentSchema, type PolicyDocument } from './policy.ts';

const digest = '11'.repeat(32);

function tpmPolicy(): PolicyDocument {
  return {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: {
      bank: 'sha256',
      pcrs: { '4': { mode: 'enforce', values: [{ digest, comment: 'agent 0.1.0' }] } },
      attestationKey: {
        trust: 'endorsement-key',
        roots: [{ name: 'vendor root', spkiSha256: digest }],
        allow: 'any',
      },
      eventLog: 'required',
    },
  };
}

/** Every path of a document, so that a field added later is covered without a change here. */
function paths(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [[...at, key], ...paths(member, [...at, key])]);
}

function without(document: PolicyDocument, path: readonly string[]): unknown {
  const copy = structuredClone(document);
  let parent: unknown = copy;
  for (const key of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[key];
  if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
  else delete (parent as Record<string, unknown>)[path.at(-1) ?? ''];
  return copy;
}

describe('policy document', () => {
  it('is accepted when every field is given', () => {
    expect(policyDocumentSchema.parse(tpmPolicy())).toEqual(tpmPolicy());
  });

  it.each(paths(tpmPolicy()).map((path) => [path.join('.'), path] as const))(
    'S04 is refused without %s',
    (_name, path) => {
      expect(policyDocumentSchema.safeParse(without(tpmPolicy(), path)).success).toBe(false);
    },
  );

  it('S04 refuses an empty list of reference values, roots or PCRs', () => {
    const document = tpmPolicy();
    for (const tpm of [
      { ...document.tpm, pcrs: {} },
      { ...document.tpm, pcrs: { '4': { mode: 'enforce', values: [] } } },
      { ...document.tpm, attestationKey: { trust: 'endorsement-key', roots: [], allow: 'any' } },
      { ...document.tpm, attestationKey: { trust: 'pinned', keys: [] } },
    ]) {
      expect(policyDocumentSchema.safeParse({ ...document, tpm }).success).toBe(false);
    }
  });

  it('S04 refuses to trust every TPM in the world', () => {
    const document = tpmPolicy();
    const attestationKey = { trust: 'endorsement-key', roots: 'any', allow: 'any' };
    expect(
      policyDocumentSchema.safeParse({ ...document, tpm: { ...document.tpm, attestationKey } }).success,
    ).toBe(false);
  });

  it('S20 refuses a reference value for the lock PCR, and PCRs that do not exist', () => {
    const document = tpmPolicy();
    const measurement = { mode: 'enforce', values: 'any' };
    for (const index of ['15', '24', '04', '-1', 'x']) {
      const tpm = { ...document.tpm, pcrs: { ...document.tpm.pcrs, [index]: measurement } };
      expect(policyDocumentSchema.safeParse({ ...document, tpm }).success, index).toBe(false);
    }
  });

  it('refuses a field it does not know', () => {
    expect(policyDocumentSchema.safeParse({ ...tpmPolicy(), unchecked: true }).success).toBe(false);
  });

  it('refuses a digest that is not lower-case hexadecimal of 32 or 48 bytes', () => {
    for (const wrong of ['', 'AB'.repeat(32), '11'.repeat(20), '11'.repeat(33), `${'11'.repeat(31)}1g`]) {
      const document = tpmPolicy();
      document.tpm.pcrs['4'] = { mode: 'enforce', values: [{ digest: wrong, comment: '' }] };
      expect(policyDocumentSchema.safeParse(document).success, wrong).toBe(false);
    }
  });
});
