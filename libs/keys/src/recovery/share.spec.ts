import { makePeople, makeRecoverySet, type Person } from '@asterism/testkit/recovery';
import { armor, Encrypter, generateHybridIdentity } from 'age-encryption';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { openShare, parseShare, type RecoveryScope, type RecoveryShare } from './index.ts';

const CLUSTER: RecoveryScope = { kind: 'cluster', id: randomUUID(), name: 'production' };

let people: Person[];
beforeAll(async () => {
  people = await makePeople('Ada', 'Grace', 'Emmy');
});

const refusal = (code: string) => expect.objectContaining({ name: 'RecoveryError', code, outcome: 'input' });
const make = (count: number, threshold: number, scope?: RecoveryScope) =>
  makeRecoverySet({ people: people.slice(0, count), threshold, ...(scope === undefined ? {} : { scope }) });

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
