import { fromBase64url, toBase64url, toHex } from '@asterism/bytes';
import { makePeople, makeRecoverySet, type Person } from '@asterism/testkit/recovery';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { combine, split } from 'shamir-secret-sharing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createRecoverySet,
  ShareCollector,
  type RecoveryScope,
  type RecoverySetRecord,
  type RecoveryShare,
} from './index.ts';

const PLATFORM: RecoveryScope = { kind: 'platform' };
const CLUSTER: RecoveryScope = { kind: 'cluster', id: randomUUID(), name: 'production' };

let people: Person[];
beforeAll(async () => {
  people = await makePeople('Ada', 'Grace', 'Emmy', 'Sofja', 'Lise');
});

const random = () => new Uint8Array(randomBytes(32));
const refusal = (code: string) => expect.objectContaining({ name: 'RecoveryError', code, outcome: 'input' });
const make = (count: number, threshold: number) =>
  makeRecoverySet({ people: people.slice(0, count), threshold });

function collect(record: RecoverySetRecord, shares: readonly RecoveryShare[]): ShareCollector {
  const collector = new ShareCollector(record);
  for (const share of shares) collector.add(share);
  return collector;
}

function subsets<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, at) => subsets(items.slice(at + 1), size - 1).map((rest) => [item, ...rest]));
}

describe('a recovery set', () => {
  const SHAPES = [
    [2, 2],
    [3, 2],
    [5, 3],
    [5, 5],
  ] as const;

  it.each(SHAPES)('of %i shares recovers from any %i of them, in any order', async (count, threshold) => {
    const { secret, record, shares } = await make(count, threshold);
    for (const subset of subsets(shares, threshold)) {
      expect(toHex(await collect(record, subset.reverse()).combine())).toBe(toHex(secret));
    }
  });

  it.each(SHAPES)(
    'S25 of %i shares does not recover from fewer than %i, which stay',
    async (count, threshold) => {
      const { secret, record, shares } = await make(count, threshold);
      for (const subset of subsets(shares, threshold - 1)) {
        const collector = collect(record, subset);
        expect(collector.progress.complete).toBe(false);
        await expect(collector.combine()).rejects.toEqual(refusal('recovery-shares-missing'));
        expect(collector.progress.received).toEqual(subset.map(({ index }) => index));
        // What too few shares interpolate to has nothing of the secret in common but chance.
        if (subset.length < 2) continue;
        const guess = await combine(subset.map(({ share }) => fromBase64url(share)));
        expect(guess.filter((byte, at) => byte === secret[at]).length).toBeLessThan(8);
      }
    },
  );

  it('takes more than it needs, and uses them up', async () => {
    const { secret, record, shares } = await make(5, 2);
    const collector = collect(record, shares);
    expect(collector.progress).toEqual({ received: [1, 2, 3, 4, 5], threshold: 2, complete: true });
    expect(await collector.combine()).toEqual(secret);
    expect(collector.progress.received).toEqual([]);
    await expect(collector.combine()).rejects.toEqual(refusal('recovery-shares-missing'));
  });

  it('is combined by one of two who do it at once', async () => {
    const { secret, record, shares } = await make(3, 2);
    const collector = collect(record, shares);
    const [first, second] = await Promise.allSettled([collector.combine(), collector.combine()]);
    expect(first).toEqual({ status: 'fulfilled', value: secret });
    expect(second).toEqual({ status: 'rejected', reason: refusal('recovery-shares-missing') });
  });

  it('recovers the root of a cluster, also under a later name of it, and a master secret of 16 bytes', async () => {
    const master = new Uint8Array(randomBytes(16));
    const { record, shares } = await makeRecoverySet({
      people: people.slice(0, 3),
      threshold: 2,
      scope: CLUSTER,
      secret: master,
    });
    const renamed = { ...record, scope: { ...CLUSTER, name: 'renamed' } };
    expect(await collect(renamed, shares.slice(1)).combine()).toEqual(master);
  });

  it('says whose each share is, and keeps neither secret nor share in what the server stores', async () => {
    const { created, record, secret, shares } = await make(3, 2);
    expect(created.shares.map(({ index, name, recipient }) => ({ index, name, recipient }))).toEqual(
      people.slice(0, 3).map(({ name, recipient }, at) => ({ index: at + 1, name, recipient })),
    );
    const kept = inspect({ record, created }, { depth: 10, maxArrayLength: null, maxStringLength: null });
    for (const { share } of shares) expect(kept).not.toContain(share);
    expect(kept).not.toContain(toBase64url(secret));
    // The plain hash of a share or secret would be a hash that others can make as well.
    for (const { share } of shares) {
      const plain = createHash('sha256').update(fromBase64url(share)).digest('hex');
      expect(created.shares.map(({ shareHash }) => toHex(shareHash))).not.toContain(plain);
    }
  });

  it('is refused for one person alone, a threshold out of range, repeated people and a short secret', async () => {
    const [ada, grace] = people.map(({ name, recipient }) => ({ name, recipient })) as [Person, Person];
    const set = {
      secret: random(),
      scope: PLATFORM,
      setId: randomUUID(),
      threshold: 2,
      recipients: [ada, grace],
    };
    const invalid = [
      { ...set, threshold: 1, recipients: [ada] },
      { ...set, threshold: 1 },
      { ...set, threshold: 3 },
      { ...set, threshold: 2.5 },
      { ...set, recipients: [] },
      { ...set, recipients: Array.from({ length: 256 }, (_, at) => ({ ...ada, name: `${at}` })) },
      { ...set, recipients: [ada, { ...grace, name: ada.name }] },
      { ...set, recipients: [ada, { ...ada, name: 'Ada again' }] },
      { ...set, secret: random().subarray(0, 15) },
    ];
    for (const wrong of invalid) {
      await expect(createRecoverySet(wrong)).rejects.toEqual(refusal('recovery-set-invalid'));
    }
    await expect(createRecoverySet(set)).resolves.toBeDefined();
  });

  it('takes age X25519 recipients and no others', async () => {
    const [ada, grace] = people as [Person, Person];
    const flipped = ada.recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
    const others = [
      '',
      'age1',
      flipped,
      ada.recipient.toUpperCase(),
      `${ada.recipient} `,
      ada.identity,
      await identityToRecipient(await generateHybridIdentity()),
      'age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFU6FRbPn9D7d4sVYmGlUq9GJAo6xhVIhVGZ4G7x7fHw',
      // The point of order one: whatever the file's key, all the world has the shared secret.
      'age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z',
    ];
    for (const recipient of others) {
      const recipients = [grace, { name: 'other', recipient }];
      const set = { secret: random(), scope: PLATFORM, setId: randomUUID(), threshold: 2, recipients };
      await expect(createRecoverySet(set), recipient).rejects.toEqual(refusal('recovery-recipient-invalid'));
    }
  });
});

describe('the library that splits', () => {
  it('has as much randomness as it asks Node for: no pool of buffers shows through', () => {
    for (const length of [1, 2, 255]) expect(randomBytes(length).buffer.byteLength).toBe(length);
  });

  it('draws every coefficient evenly: the shares of a zero secret are uniform bytes', async () => {
    const counts = new Array<number>(256).fill(0);
    const zero = new Uint8Array(1024);
    for (let round = 0; round < 50; round++) {
      const [share] = (await split(zero, 2, 2)) as [Uint8Array];
      for (const byte of share.subarray(0, -1)) counts[byte] = (counts[byte] ?? 0) + 1;
    }
    // Chi-squared with 255 degrees of freedom: beyond 420 once in 10^10 runs.
    const expected = (50 * 1024) / 256;
    expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(420);
  });
});
