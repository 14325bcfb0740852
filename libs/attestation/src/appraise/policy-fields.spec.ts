import { policyDocumentSchema, type PolicyDocument } from '@asterism/contracts';
import { GUEST_VARIANTS, mintedPolicy, mintGuest, MINT_AT, verifyGuest } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { appraise, type VerifiedEvidence } from '../index.ts';

/** Every path of a document, so that a field added later is covered without a change here. */
function paths(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [[...at, key], ...paths(member, [...at, key])]);
}

function change(
  document: PolicyDocument,
  path: readonly string[],
  edit: (parent: never, key: string) => void,
) {
  const copy = structuredClone(document);
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
  edit(parent as never, path.at(-1) ?? '');
  return copy;
}

const judge = (verified: VerifiedEvidence, policy: PolicyDocument) =>
  appraise(verified, policy, { now: MINT_AT, lock: { expected: 'open' } });

/** Lists that may be empty: of what is denied, and of exceptions. */
const MAY_BE_EMPTY = new Set(['deny', 'exceptions', 'advisories']);

describe.each(GUEST_VARIANTS)('S04 a policy for %s', (variant) => {
  it('without any one of its fields is no policy', async () => {
    const guest = await mintGuest(variant);
    const verified = await verifyGuest(guest);
    const policy = mintedPolicy(guest);
    await expect(judge(verified, policy)).resolves.toBeDefined();
    const tried = paths(policy);
    expect(tried.length).toBeGreaterThan(8);
    for (const path of tried) {
      const without = change(policy, path, (parent: Record<string, unknown>, key) => delete parent[key]);
      if (policyDocumentSchema.safeParse(without).success) throw new Error(`optional: ${path.join('.')}`);
      await expect(judge(verified, without)).rejects.toMatchObject({ code: 'policy-invalid' });
    }
  });

  it('with an empty list, null or an unknown field is no policy', async () => {
    const guest = await mintGuest(variant);
    const verified = await verifyGuest(guest);
    const policy = mintedPolicy(guest);
    for (const path of paths(policy)) {
      const put = (value: unknown) =>
        change(policy, path, (parent: Record<string, unknown>, key) => (parent[key] = value));
      const wrong = [put(null), ...(MAY_BE_EMPTY.has(path.at(-1) ?? '') ? [] : [put([])])];
      for (const document of wrong) {
        await expect(judge(verified, document)).rejects.toMatchObject({ code: 'policy-invalid' });
      }
    }
    const more = { ...policy, skipChecks: true };
    await expect(judge(verified, more)).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  it('S06 accepts no evidence of another variant', async () => {
    const policy = mintedPolicy(await mintGuest(variant));
    for (const other of GUEST_VARIANTS.filter((each) => each !== variant)) {
      const { result } = await judge(await verifyGuest(await mintGuest(other)), policy);
      expect(result.outcome).toBe('refused');
      expect(result.findings[0]).toMatchObject({ code: 'variant-mismatch', got: other, wanted: [variant] });
    }
  }, 30_000);
});
