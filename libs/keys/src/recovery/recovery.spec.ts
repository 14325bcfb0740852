import { fromBase64url, toBase64url, toHex } from '@asterism/bytes';
import {
  armor,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import fc from 'fast-check';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { combine, split } from 'shamir-secret-sharing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createRecoverySet,
  openShare,
  parseShare,
  ShareCollector,
  type CreatedRecoverySet,
  type RecoveryScope,
  type RecoverySetRecord,
  type RecoveryShare,
} from './index.ts';

const PEOPLE = ['Ada', 'Grace', 'Emmy', 'Sofja', 'Lise'];
const PLATFORM: RecoveryScope = { kind: 'platform' };
const CLUSTER: RecoveryScope = { kind: 'cluster', id: randomUUID(), name: 'production' };

interface Person {
  readonly name: string;
  readonly identity: string;
  readonly recipient: string;
}
let people: Person[];
beforeAll(async () => {
  people = await Promise.all(
    PEOPLE.map(async (name) => {
      const identity = await generateX25519Identity();
      return { name, identity, recipient: await identityToRecipient(identity) };
    }),
  );
});

const random = () => new Uint8Array(randomBytes(32));
const refusal = (code: string) => expect.objectContaining({ name: 'RecoveryError', code, outcome: 'input' });
const identityOf = (name: string) => people.find((person) => person.name === name)?.identity ?? '';

interface Made {
  readonly secret: Uint8Array;
  readonly created: CreatedRecoverySet;
  readonly record: RecoverySetRecord;
  readonly shares: RecoveryShare[];
}

async function make(count: number, threshold: number, scope = PLATFORM, secret = random()): Promise<Made> {
  const setId = randomUUID();
  const recipients = people.slice(0, count).map(({ name, recipient }) => ({ name, recipient }));
  const created = await createRecoverySet({ secret, scope, setId, threshold, recipients });
  const shares = await Promise.all(
    created.shares.map(({ encrypted, name }) => openShare(encrypted, identityOf(name))),
  );
  return { secret, created, shares, record: { setId, scope, threshold, ...created } };
}

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
        const guess = await combine(subset.map(({ share }) => new Uint8Array(fromBase64url(share))));
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
    const { record, shares } = await make(3, 2, CLUSTER, master);
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

describe('S25 the shares of a set', () => {
  it('are refused one by one with the reason, and those that are here stay', async () => {
    const [own, other] = await Promise.all([make(3, 2), make(3, 2)]);
    const cluster = await make(3, 2, CLUSTER);
    const [first, second] = own.shares as [RecoveryShare, RecoveryShare];
    const collector = collect(own.record, [first]);
    const add = (share: RecoveryShare | undefined) => () => collector.add(share as RecoveryShare);
    expect(add(first)).toThrow(refusal('recovery-share-repeated'));
    expect(add(other.shares[1])).toThrow(refusal('recovery-share-foreign'));
    expect(add(cluster.shares[1])).toThrow(refusal('recovery-share-foreign'));
    expect(add({ ...second, scope: CLUSTER })).toThrow(refusal('recovery-share-foreign'));
    expect(add({ ...first, index: 2 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, index: 4 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, threshold: 1 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, count: 4 })).toThrow(refusal('recovery-share-wrong'));
    expect(add({ ...second, share: other.shares[1]?.share ?? '' })).toThrow(refusal('recovery-share-wrong'));
    expect(collector.progress).toEqual({ received: [1], threshold: 2, complete: false });
    collector.add(second);
    expect(await collector.combine()).toEqual(own.secret);
  });

  it('are refused with any byte of the share changed', async () => {
    const { record, shares } = await make(2, 2);
    const [first] = shares as [RecoveryShare];
    const bytes = fromBase64url(first.share);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const share = toBase64url(bytes.map((byte, i) => (i === at ? byte ^ change : byte)));
        expect(() => new ShareCollector(record).add({ ...first, share })).toThrow(
          refusal('recovery-share-wrong'),
        );
      }),
      { seed: 25, numRuns: 200 },
    );
  });

  it('do not recover where the record is of another secret', async () => {
    const { record, shares } = await make(2, 2);
    const other = { ...record, commitment: (await make(2, 2)).created.commitment };
    const collector = collect(other, shares);
    await expect(collector.combine()).rejects.toEqual(refusal('recovery-secret-wrong'));
    expect(collector.progress.received).toEqual([]);
  });

  it('are forgotten on wish, and never shown', async () => {
    const { record, shares } = await make(2, 2);
    const collector = collect(record, shares);
    const shown = inspect(collector, { depth: 10, showHidden: true });
    for (const { share } of shares) expect(shown).not.toContain(share);
    collector.wipe();
    expect(collector.progress.received).toEqual([]);
  });
});

describe('the plain text of a share', () => {
  it('is read back, with space around it', async () => {
    const [share] = (await make(2, 2, CLUSTER)).shares as [RecoveryShare];
    expect(share).toMatchObject({ schema: 'asterism/recovery-share/v1', scope: CLUSTER, index: 1, count: 2 });
    expect(parseShare(` ${JSON.stringify(share, null, 2)}\n`)).toEqual(share);
  });

  it('S25 is refused with any letter changed or missing, whatever field it is in', async () => {
    const text = JSON.stringify((await make(3, 2, CLUSTER)).shares[1]);
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === 'b' ? 'c' : 'b') + text.slice(at + 1);
      expect(() => parseShare(changed), `letter ${at}`).toThrow(refusal('recovery-share-malformed'));
      expect(() => parseShare(text.slice(0, at)), `cut at ${at}`).toThrow(
        refusal('recovery-share-malformed'),
      );
    }
  });

  it('S09 is refused in every other shape, and no message repeats it', async () => {
    const [share] = (await make(2, 2)).shares as [RecoveryShare];
    const others: unknown[] = [null, 1, [], {}, [share], { ...share, more: 1 }, { ...share, schema: 'v2' }];
    for (const field of Object.keys(share)) {
      for (const value of [undefined, null, '', 0, [], {}, 'A'.repeat(5000)])
        others.push({ ...share, [field]: value });
    }
    for (const other of others) {
      const text = JSON.stringify(other);
      expect(() => parseShare(text), text).toThrow(refusal('recovery-share-malformed'));
    }
    const secretText = `${share.share} is my share`;
    try {
      parseShare(secretText);
      expect.unreachable();
    } catch (error) {
      expect(inspect(error, { depth: 10 })).not.toContain(share.share.slice(0, 8));
    }
  });
});

describe('an encrypted share', () => {
  it('opens with the identity of its recipient, as a line or as the file of age-keygen', async () => {
    const { created, shares } = await make(2, 2);
    const [ada, grace] = people as [Person, Person];
    const encrypted = created.shares[0]?.encrypted ?? '';
    const file = `# created: 2026-11-25\n# public key: ${ada.recipient}\n${ada.identity}\r\n`;
    expect(await openShare(encrypted, file)).toEqual(shares[0]);
    expect(await openShare(`\n${encrypted}\n`, `${grace.identity}\n${ada.identity}`)).toEqual(shares[0]);
    await expect(openShare(encrypted, grace.identity)).rejects.toEqual(refusal('recovery-identity-wrong'));
  });

  it('does not open with what is no identity, and the refusal does not repeat it', async () => {
    const encrypted = (await make(2, 2)).created.shares[0]?.encrypted ?? '';
    const [{ identity, recipient }] = people as [Person];
    const flipped = identity.replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q'));
    const others = ['', '# nothing', identity.toLowerCase(), flipped, `${identity}\nmore`, recipient];
    for (const other of [...others, await generateHybridIdentity()]) {
      const error: unknown = await openShare(encrypted, other).catch((reason: unknown) => reason);
      expect(error, other).toEqual(refusal('recovery-identity-invalid'));
      expect(inspect(error, { depth: 10 })).not.toContain(identity.slice(16, 40));
    }
  });

  it('S09 is refused damaged, cut, too long, or where something else was encrypted', async () => {
    const [ada] = people as [Person];
    const encrypted = (await make(2, 2)).created.shares[0]?.encrypted ?? '';
    const file = armor.decode(encrypted);
    const damaged = Array.from({ length: 40 }, (_, i) => Math.floor((i * file.length) / 40)).map((at) =>
      armor.encode(file.map((byte, i) => (i === at ? byte ^ 1 : byte))),
    );
    const encrypter = new Encrypter();
    encrypter.addRecipient(ada.recipient);
    const letter = armor.encode(await encrypter.encrypt('Dear Ada'));
    const codes = ['recovery-share-malformed', 'recovery-identity-wrong'];
    for (const other of [
      '',
      encrypted.slice(0, -40),
      letter,
      `${encrypted}${' '.repeat(20_000)}`,
      ...damaged,
    ]) {
      const error: unknown = await openShare(other, ada.identity).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'RecoveryError' });
      expect(codes).toContain((error as { code: string }).code);
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
