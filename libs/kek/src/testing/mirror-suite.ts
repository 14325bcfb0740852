import { KEK_FAULTS, type KekFault, type MirrorPeer } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keyMirrorSection } from '../configuration/configuration.ts';
import type { KeyMirror } from '../mirror/key-mirror.ts';
import { MirrorError, type MirrorErrorCode } from '../mirror/mirror-error.ts';
import { openKeyMirror } from '../mirror/open-key-mirror.ts';
import { systemClock } from './system-clock.ts';

const EXPECTED: Readonly<Record<Exclude<KekFault, 'empty'>, MirrorErrorCode>> = {
  down: 'mirror-unreachable',
  hang: 'mirror-unreachable',
  reset: 'mirror-unreachable',
  broken: 'mirror-unreachable',
  throttled: 'mirror-throttled',
  garbage: 'mirror-response-invalid',
};
/** An empty list and an empty object are answers of storage. */
const FAULTS = KEK_FAULTS.filter((fault) => fault !== 'empty') as Exclude<KekFault, 'empty'>[];
const DEADLINE_MS = 5_000;
const PATIENCE_MS = 300;
const INSTALL_MS = 600_000;

/** What every mirror does alike, against storage and against the faults of it. */
export function describeKeyMirror(name: string, start: () => Promise<MirrorPeer>): void {
  describe(`key mirror ${name}`, () => {
    let peer: MirrorPeer;
    let usual: KeyMirror;
    const opened: KeyMirror[] = [];
    const open = async (section: unknown, attempts = 1, deadline = DEADLINE_MS): Promise<KeyMirror> => {
      const options = { clock: systemClock, random: () => 0, deadline, attempts, concurrency: 4 };
      const mirror = await openKeyMirror(keyMirrorSection.parse(section), options);
      opened.push(mirror);
      return mirror;
    };
    const names = async (mirror: KeyMirror, prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const one of mirror.list(prefix)) found.push(one);
      return found;
    };

    beforeAll(async () => {
      peer = await start();
      usual = await open(peer.mirrors.usual, 4);
    }, INSTALL_MS);
    afterEach(() => peer.fault(undefined));
    afterAll(async () => {
      await Promise.all(opened.map((mirror) => mirror.close()));
      await peer?.stop();
    });

    it('gives back what it was given, and the newest of it', async () => {
      for (const length of [1, 300, 65_536]) {
        const bytes = randomBytes(length);
        await usual.put('one/key-1', bytes);
        expect(Buffer.from((await usual.get('one/key-1')) ?? []).equals(bytes)).toBe(true);
      }
    });

    it('says that it has none', async () => {
      expect(await usual.get('one/nothing')).toBeUndefined();
    });

    it('lists what begins with a prefix, in order', async () => {
      const many = Array.from({ length: 12 }, (_, index) => `many/key-${String(index).padStart(4, '0')}`);
      await Promise.all([...many, 'other/key-1'].map((one) => usual.put(one, randomBytes(32))));
      expect(await names(usual, 'many/')).toEqual(many);
      expect(await names(usual, 'many/key-000')).toEqual(many.slice(0, 10));
      expect(await names(usual, 'nothing/')).toEqual([]);
    });

    it('deletes, also what is not there', async () => {
      await usual.put('gone/key-1', randomBytes(32));
      await usual.delete('gone/key-1');
      await usual.delete('gone/key-1');
      expect(await usual.get('gone/key-1')).toBeUndefined();
      expect(await names(usual, 'gone/')).toEqual([]);
    });

    it.each(['', '/a', 'a/', '../a', 'a/../b', 'a//b', 'a b', 'ä', 'a'.repeat(513)])(
      'takes no name %j',
      async (one) => {
        await expect(usual.put(one, randomBytes(32))).rejects.toThrow(RangeError);
        await expect(usual.get(one)).rejects.toThrow(RangeError);
        await expect(usual.delete(one)).rejects.toThrow(RangeError);
      },
    );

    it('takes nothing that is larger than a wrapped key', async () => {
      await expect(usual.put('one/large', randomBytes(65_537))).rejects.toThrow(RangeError);
    });

    it.each([
      ['unknown', 'mirror-unknown'],
      ['denied', 'mirror-denied'],
    ] as const)('says what is wrong: %s', async (section, code) => {
      const mirror = await open(peer.mirrors[section]);
      const undecided = { code, outcome: 'undecided', retry: false };
      await expect(mirror.put('one/key-1', randomBytes(32)), 'put').rejects.toMatchObject(undecided);
      await expect(mirror.get('one/key-1'), 'get').rejects.toMatchObject(undecided);
      await expect(names(mirror, 'one/'), 'list').rejects.toMatchObject(undecided);
    });

    it.each(FAULTS)('says what is wrong with the storage: %s', async (fault) => {
      const mirror = await open(peer.mirrors.usual, 1, fault === 'hang' ? PATIENCE_MS : DEADLINE_MS);
      await mirror.put('one/key-2', randomBytes(32));
      await peer.fault(fault);
      const undecided = { code: EXPECTED[fault], outcome: 'undecided' };
      await expect(names(mirror, 'one/'), 'list').rejects.toMatchObject(undecided);
      if (fault === 'garbage') return;
      await expect(mirror.put('one/key-2', randomBytes(32)), 'put').rejects.toMatchObject(undecided);
      await expect(mirror.get('one/key-2'), 'get').rejects.toMatchObject(undecided);
    });

    it('is there again after a fault, within one call', async () => {
      const bytes = randomBytes(32);
      await usual.put('one/key-3', bytes);
      await peer.fault('down');
      const healed = new Promise((resolve) => setTimeout(resolve, 150)).then(() => peer.fault(undefined));
      const [found] = await Promise.all([usual.get('one/key-3'), healed]);
      expect(Buffer.from(found ?? []).equals(bytes)).toBe(true);
    });

    it('S29 repeats no credential in what it throws', async () => {
      const thrown: unknown[] = [];
      for (const section of ['unknown', 'denied'] as const) {
        const mirror = await open(peer.mirrors[section]);
        await mirror.put('one/key-1', randomBytes(32)).catch((error: unknown) => thrown.push(error));
      }
      for (const fault of ['down', 'reset', 'broken', 'throttled'] as const) {
        const mirror = await open(peer.mirrors.usual);
        await peer.fault(fault);
        await mirror.get('one/key-1').catch((error: unknown) => thrown.push(error));
        await peer.fault(undefined);
      }
      expect(thrown).toHaveLength(6);
      expect(thrown.every((error) => error instanceof MirrorError)).toBe(true);
      const said = thrown.map((error) => inspect(error, { depth: 20, showHidden: true })).join('\n');
      expect(peer.secrets.filter((secret) => said.includes(secret))).toEqual([]);
    });
  });
}
