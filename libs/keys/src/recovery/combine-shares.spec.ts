import { fromBase64url, toBase64url } from '@asterism/bytes';
import { makePeople, makeRecoverySet, type Person } from '@asterism/testkit/recovery';
import fc from 'fast-check';
import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { combineShares, type RecoveryScope, type RecoveryShare } from './index.ts';

const CLUSTER = randomUUID();
const scope: RecoveryScope = { kind: 'cluster', id: CLUSTER, name: 'production' };

let people: Person[];
beforeAll(async () => {
  people = await makePeople('Ada', 'Grace', 'Emmy', 'Sofia');
});

const make = (threshold: number, of: RecoveryScope = scope, secret = new Uint8Array(randomBytes(32))) =>
  makeRecoverySet({ people, threshold, scope: of, secret });
const refusal = (code: string) => expect.objectContaining({ name: 'RecoveryError', code, outcome: 'input' });

describe('combineShares', () => {
  it.each([16, 32, 64])(
    'gives a secret of %d bytes from any shares that are enough, in any order',
    async (length) => {
      const { shares, secret } = await make(2, scope, new Uint8Array(randomBytes(length)));
      const some = fc.shuffledSubarray(shares as RecoveryShare[], { minLength: 2 });
      await fc.assert(
        fc.asyncProperty(some, async (given) => {
          expect(await combineShares(given, CLUSTER)).toEqual(secret);
        }),
        { seed: 4, numRuns: 40 },
      );
    },
  );

  it('S25 refuses fewer than the threshold, and one that comes twice', async () => {
    const [a, b, c] = (await make(3)).shares as [RecoveryShare, RecoveryShare, RecoveryShare];
    await expect(combineShares([], CLUSTER)).rejects.toEqual(refusal('recovery-shares-missing'));
    await expect(combineShares([a, b], CLUSTER)).rejects.toEqual(refusal('recovery-shares-missing'));
    await expect(combineShares([a, b, a], CLUSTER)).rejects.toEqual(refusal('recovery-share-repeated'));
    await expect(combineShares([a, b, { ...a, index: c.index }], CLUSTER)).rejects.toEqual(
      refusal('recovery-share-wrong'),
    );
  });

  it('S25 refuses shares of another set, cluster or platform', async () => {
    const [a, b] = (await make(2)).shares as [RecoveryShare, RecoveryShare];
    const foreign = refusal('recovery-share-foreign');
    const other = (await make(2)).shares[1] as RecoveryShare;
    await expect(combineShares([a, other], CLUSTER)).rejects.toEqual(foreign);
    await expect(combineShares([a, b], randomUUID())).rejects.toEqual(foreign);
    const platform = (await make(2, { kind: 'platform' })).shares;
    await expect(combineShares(platform, CLUSTER)).rejects.toEqual(foreign);
    await expect(
      combineShares([a, { ...b, scope: { ...scope, id: randomUUID() } }], CLUSTER),
    ).rejects.toEqual(foreign);
  });

  it('S25 refuses shares that tell different things of their set', async () => {
    const [a, b] = (await make(2)).shares as [RecoveryShare, RecoveryShare];
    const wrong = refusal('recovery-share-wrong');
    await expect(combineShares([a, { ...b, count: 3 }], CLUSTER)).rejects.toEqual(wrong);
    await expect(combineShares([a, { ...b, threshold: 3 }], CLUSTER)).rejects.toEqual(wrong);
    const shorter = toBase64url(fromBase64url(b.share).subarray(1));
    await expect(combineShares([a, { ...b, share: shorter }], CLUSTER)).rejects.toEqual(wrong);
  });

  it('gives another secret from a share that was made up, which is why the caller compares', async () => {
    const { shares, secret } = await make(2);
    const [a, b] = shares as [RecoveryShare, RecoveryShare];
    const bytes = fromBase64url(b.share);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(await combineShares([a, { ...b, share: toBase64url(bytes) }], CLUSTER)).not.toEqual(secret);
  });
});
