import { KekError, type KekContext, type KekErrorCode, type KekProvider } from '@asterism/keys';
import { KEK_FAULTS, type KekFault, type KekPeer, type KekPeerSections } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kekProviderSection } from '../configuration/configuration.ts';
import { guardKek } from '../facade/guard-kek.ts';
import { openKekProvider } from '../open-kek-provider.ts';
import { alter, claim, positions } from './altered-keys.ts';
import { systemClock } from './system-clock.ts';

/** What each fault is called, whoever the provider is. */
const EXPECTED_FAULTS: Readonly<Record<KekFault, KekErrorCode>> = {
  down: 'kek-unreachable',
  hang: 'kek-unreachable',
  reset: 'kek-unreachable',
  broken: 'kek-unreachable',
  throttled: 'kek-throttled',
  garbage: 'kek-response-invalid',
  empty: 'kek-response-invalid',
};

/** What is wrong with the section, and what it is called. */
const EXPECTED_SECTIONS: Readonly<Record<keyof KekPeerSections, KekErrorCode | undefined>> = {
  usual: undefined,
  otherKey: undefined,
  unknownKey: 'kek-unknown',
  denied: 'kek-denied',
  stranger: 'kek-denied',
  elsewhere: 'kek-wrong-region',
};

export interface ContractOptions {
  /** Where this service cannot say it so; the reason stands beside the line. */
  readonly expected?: Partial<Record<KekFault | keyof KekPeerSections, KekErrorCode>>;
  /** False where a service keeps the versions of its key to itself. */
  readonly namesVersions?: boolean;
}

const CONTEXT: KekContext = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'state-disk/disk-1/3' };
const OTHER_CONTEXTS: readonly KekContext[] = [
  { ...CONTEXT, cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ac' },
  { ...CONTEXT, key: 'state-disk/disk-1/4' },
  { cluster: CONTEXT.cluster, key: 'volume/disk-1/3' },
];
const DEADLINE_MS = 5_000;
/** How long a service that says nothing is waited for. */
const PATIENCE_MS = 300;
const INSTALL_MS = 600_000;

/** What every provider does alike, against a service and against every fault of it. */
export function describeKekProvider(
  name: string,
  start: () => Promise<KekPeer>,
  { expected = {}, namesVersions = true }: ContractOptions = {},
): void {
  describe(`KEK provider ${name}`, () => {
    let peer: KekPeer;
    let usual: KekProvider;
    const opened: KekProvider[] = [];
    const open = async (section: unknown): Promise<KekProvider> => {
      const dependencies = { clock: systemClock, random: randomBytes };
      const provider = await openKekProvider(kekProviderSection.parse(section), dependencies);
      opened.push(provider);
      return provider;
    };
    const guarded = (provider: KekProvider, attempts: number, deadline = DEADLINE_MS): KekProvider =>
      guardKek(provider, { clock: systemClock, random: () => 0, deadline, attempts, concurrency: 4 });

    beforeAll(async () => {
      peer = await start();
      usual = await open(peer.sections.usual);
    }, INSTALL_MS);
    afterEach(() => Promise.all([peer.fault(undefined), peer.enable()]));
    afterAll(async () => {
      await Promise.all(opened.map((provider) => provider.close()));
      await peer?.stop();
    });

    it('opens what it wrapped, from 16 to 96 bytes', async () => {
      for (const length of [16, 32, 33, 64, 96]) {
        const key = randomBytes(length);
        const wrapped = await usual.wrap(key, CONTEXT);
        expect(wrapped.kekVersion).not.toBe('');
        expect(Buffer.from(wrapped.ciphertext).includes(key)).toBe(false);
        expect(Buffer.from(await usual.unwrap(wrapped, CONTEXT)).equals(key)).toBe(true);
      }
    });

    it('wraps the same key differently each time', async () => {
      const key = randomBytes(32);
      const [one, two] = [await usual.wrap(key, CONTEXT), await usual.wrap(key, CONTEXT)];
      expect(Buffer.from(one.ciphertext).equals(two.ciphertext)).toBe(false);
    });

    it.each(OTHER_CONTEXTS)('does not open it for $cluster $key', async (context) => {
      const wrapped = await usual.wrap(randomBytes(32), CONTEXT);
      await expect(usual.unwrap(wrapped, context)).rejects.toMatchObject({ code: 'kek-ciphertext-wrong' });
    });

    it('does not open what was altered, in whatever part', async () => {
      const wrapped = await usual.wrap(randomBytes(32), CONTEXT);
      for (const at of positions(wrapped.ciphertext.length)) {
        const altered = alter(wrapped, at);
        await expect(usual.unwrap(altered, CONTEXT), `byte ${at}`).rejects.toMatchObject({
          code: 'kek-ciphertext-wrong',
        });
      }
    });

    it('does not open what was cut short or made longer', async () => {
      const { kekVersion, ciphertext } = await usual.wrap(randomBytes(32), CONTEXT);
      const lengths = [1, 2, 16, ciphertext.length >> 1, ciphertext.length - 1];
      const wrong = [
        ...lengths.map((length) => ciphertext.slice(0, length)),
        Uint8Array.of(...ciphertext, 0),
      ];
      for (const bytes of wrong) {
        const unwrapped = usual.unwrap({ kekVersion, ciphertext: bytes }, CONTEXT);
        await expect(unwrapped, `${bytes.length} bytes`).rejects.toMatchObject({
          code: 'kek-ciphertext-wrong',
        });
      }
    });

    it('does not open what another key wrapped', async () => {
      const other = await open(peer.sections.otherKey);
      const wrapped = await other.wrap(randomBytes(32), CONTEXT);
      await expect(usual.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ code: 'kek-ciphertext-wrong' });
    });

    it('opens what an older version of the key wrapped', async () => {
      const key = randomBytes(32);
      const old = await usual.wrap(key, CONTEXT);
      await peer.rotate();
      const fresh = await usual.wrap(key, CONTEXT);
      expect(fresh.kekVersion !== old.kekVersion).toBe(namesVersions);
      expect((await usual.describe()).kekVersion).toBe(fresh.kekVersion);
      for (const wrapped of [old, fresh]) {
        expect(Buffer.from(await usual.unwrap(wrapped, CONTEXT)).equals(key)).toBe(true);
      }
    });

    it('says what its key is', async () => {
      const { state, kekVersion, algorithm } = await usual.describe();
      expect({ state, named: kekVersion !== '' && algorithm !== '' }).toEqual({
        state: 'enabled',
        named: true,
      });
    });

    it('says that a key is disabled, and uses it again once it is not', async () => {
      const key = randomBytes(32);
      const wrapped = await usual.wrap(key, CONTEXT);
      await peer.disable();
      expect((await usual.describe()).state).toBe('disabled');
      const disabled = { code: 'kek-disabled', outcome: 'undecided', retry: false };
      await expect(usual.wrap(key, CONTEXT)).rejects.toMatchObject(disabled);
      await expect(usual.unwrap(wrapped, CONTEXT)).rejects.toMatchObject(disabled);
      await peer.enable();
      expect(Buffer.from(await usual.unwrap(wrapped, CONTEXT)).equals(key)).toBe(true);
    });

    const sections = Object.keys(EXPECTED_SECTIONS) as (keyof KekPeerSections)[];
    it.each(sections.filter((section) => EXPECTED_SECTIONS[section] !== undefined))(
      'says what is wrong: %s',
      async (section) => {
        const code = expected[section] ?? EXPECTED_SECTIONS[section];
        const wrapped = await usual.wrap(randomBytes(32), CONTEXT);
        const provider = await open(peer.sections[section]);
        const undecided = { code, outcome: 'undecided' };
        await expect(provider.wrap(randomBytes(32), CONTEXT)).rejects.toMatchObject(undecided);
        const moved = claim(wrapped, peer.sections.usual, peer.sections[section]);
        await expect(provider.unwrap(moved, CONTEXT)).rejects.toMatchObject(undecided);
      },
    );

    it.each(KEK_FAULTS)('says what is wrong with the service: %s', async (fault) => {
      const code = expected[fault] ?? EXPECTED_FAULTS[fault];
      const wrapped = await usual.wrap(randomBytes(32), CONTEXT);
      const once = guarded(usual, 1, fault === 'hang' ? PATIENCE_MS : DEADLINE_MS);
      await peer.fault(fault);
      const undecided = { code, outcome: 'undecided' };
      await expect(once.wrap(randomBytes(32), CONTEXT), 'wrap').rejects.toMatchObject(undecided);
      await expect(once.unwrap(wrapped, CONTEXT), 'unwrap').rejects.toMatchObject(undecided);
      await expect(once.describe(), 'describe').rejects.toMatchObject(undecided);
    });

    it.each(KEK_FAULTS.filter((fault) => fault !== 'hang'))(
      'is there again after %s, within one call',
      async (fault) => {
        const key = randomBytes(32);
        const wrapped = await usual.wrap(key, CONTEXT);
        await peer.fault(fault);
        const healed = new Promise((resolve) => setTimeout(resolve, 150)).then(() => peer.fault(undefined));
        const [plaintext] = await Promise.all([guarded(usual, 10).unwrap(wrapped, CONTEXT), healed]);
        expect(Buffer.from(plaintext).equals(key)).toBe(true);
      },
    );

    it('S29 repeats no key and no credential in what it throws', async () => {
      const key = randomBytes(32);
      const wrapped = await usual.wrap(key, CONTEXT);
      const thrown: unknown[] = [];
      const attempt = async (provider: KekProvider): Promise<void> => {
        for (const call of [
          () => provider.wrap(key, CONTEXT),
          () => provider.unwrap(alter(wrapped, 40), CONTEXT),
        ]) {
          await call().catch((error: unknown) => thrown.push(error));
        }
      };
      for (const section of ['unknownKey', 'denied', 'stranger', 'elsewhere'] as const) {
        await attempt(await open(peer.sections[section]));
      }
      for (const fault of ['down', 'reset', 'broken', 'throttled', 'garbage', 'empty'] as const) {
        await peer.fault(fault);
        await attempt(guarded(usual, 1));
      }
      expect(thrown).toHaveLength(20);
      expect(thrown.every((error) => error instanceof KekError)).toBe(true);
      const said = thrown.map((error) => inspect(error, { depth: 20, showHidden: true })).join('\n');
      const hidden = [
        key.toString('base64'),
        key.toString('base64url'),
        key.toString('hex'),
        ...peer.secrets,
      ];
      expect(hidden.filter((secret) => said.includes(secret))).toEqual([]);
    });
  });
}
