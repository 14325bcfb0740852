import { describe, expect, it } from 'vitest';
import { policyDocumentSchema, type PolicyOf } from './policy.ts';

const digest = '11'.repeat(32);

function tpmPolicy(): PolicyOf<'tpm'> {
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

/** The other two ways to trust an attestation key, and two reference values in a roll-out. */
function variations(): (readonly [name: string, document: PolicyOf<'tpm'>])[] {
  const document = tpmPolicy();
  const values = [
    { digest, comment: 'old', until: '2027-01-01T00:00:00.000Z' },
    { digest: '22'.repeat(48), comment: 'new', from: '2026-12-01T00:00:00.000Z' },
  ];
  const withTpm = (change: Partial<PolicyOf<'tpm'>['tpm']>) => ({
    ...document,
    tpm: { ...document.tpm, ...change },
  });
  return [
    ['endorsement key', document],
    [
      'certificate',
      withTpm({ attestationKey: { trust: 'certificate', roots: [{ name: 'r', spkiSha256: digest }] } }),
    ],
    ['pinned', withTpm({ attestationKey: { trust: 'pinned', keys: [digest] } })],
    ['roll-out', withTpm({ pcrs: { '4': { mode: 'warn', values } } })],
  ];
}

/** Every path of a document, so that a field added later is covered without a change here. */
function paths(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [[...at, key], ...paths(member, [...at, key])]);
}

function without(document: PolicyOf<'tpm'>, path: readonly string[]): unknown {
  const copy = structuredClone(document);
  let parent: unknown = copy;
  for (const key of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[key];
  if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
  else delete (parent as Record<string, unknown>)[path.at(-1) ?? ''];
  return copy;
}

function withValue(document: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = structuredClone(document) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
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

  it.each(variations())(
    'S04 is refused without, or with null or nothing for, any field: %s',
    (_name, document) => {
      expect(policyDocumentSchema.safeParse(document).success).toBe(true);
      // A window may be open at an end, and one of two reference values may go.
      const optional = /\.(?:from|until)$|^tpm\.pcrs\.4\.values\.\d$/;
      for (const path of paths(document)) {
        const name = path.join('.');
        const at = (value: unknown) => withValue(document, path, value);
        const absent = [at(undefined), ...(optional.test(name) ? [] : [without(document, path)])];
        const wrong = [at(null), at({}), at([]), at(-1), at(true)];
        for (const document of optional.test(name) ? wrong : [...absent, ...wrong]) {
          expect(policyDocumentSchema.safeParse(document).success, name).toBe(false);
        }
      }
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
