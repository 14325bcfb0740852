import type { KekProvider } from '@asterism/keys';
import { startVaultPeer, type VaultPeer } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeKekProvider } from '../testing/contract-suite.ts';
import { systemClock } from '../testing/system-clock.ts';
import { openVault } from './open-vault.ts';
import { vaultSection } from './section.ts';

// Vault has no regions: a mount that does not exist is a path that it does not know.
describeKekProvider('vault', startVaultPeer, { expected: { elsewhere: 'kek-unknown' } });

const CONTEXT = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'volume/pvc-1/1' };

describe('a key of Vault’s transit engine', () => {
  let peer: VaultPeer;
  let provider: KekProvider;
  const opened: KekProvider[] = [];
  const open = async (section: unknown): Promise<KekProvider> => {
    const made = await openVault(vaultSection.parse(section), { clock: systemClock, random: randomBytes });
    opened.push(made);
    return made;
  };
  beforeAll(async () => {
    peer = await startVaultPeer();
    provider = await open(peer.sections.usual);
  }, 600_000);
  afterEach(() => peer.seal(false));
  afterAll(async () => {
    await Promise.all(opened.map((made) => made.close()));
    await peer?.stop();
  });

  it('logs in as a Kubernetes service account, and with a token from a file', async () => {
    const key = randomBytes(32);
    const wrapped = await provider.wrap(key, CONTEXT);
    for (const section of [peer.kubernetes, peer.tokenFile]) {
      const other = await open(section);
      expect(Buffer.from(await other.unwrap(wrapped, CONTEXT)).equals(key)).toBe(true);
    }
  });

  it('logs in again where its token was revoked', async () => {
    const wrapped = await provider.wrap(randomBytes(32), CONTEXT);
    await peer.revokeTokens();
    // Many at a time: each holds the token that was revoked.
    const opened = await Promise.all(Array.from({ length: 8 }, () => provider.unwrap(wrapped, CONTEXT)));
    expect(opened.map((key) => key.length)).toEqual(Array.from({ length: 8 }, () => 32));
  });

  it('waits for a Vault that is sealed, and goes on once it is not', async () => {
    const wrapped = await provider.wrap(randomBytes(32), CONTEXT);
    await peer.seal(true);
    const unreachable = { code: 'kek-unreachable', outcome: 'undecided', retry: true };
    await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject(unreachable);
    await peer.seal(false);
    await expect(provider.unwrap(wrapped, CONTEXT)).resolves.toHaveLength(32);
  });

  it('opens nothing of a version that was shut off, nor under the name of another version', async () => {
    const old = await provider.wrap(randomBytes(32), CONTEXT);
    await peer.rotate();
    const fresh = await provider.wrap(randomBytes(32), CONTEXT);
    await peer.administer('POST', 'keys/asterism/config', {
      min_decryption_version: Number(fresh.kekVersion),
    });
    await expect(provider.unwrap(old, CONTEXT)).rejects.toMatchObject({ code: 'kek-disabled' });
    await expect(provider.unwrap(fresh, CONTEXT)).resolves.toHaveLength(32);
    const renamed = { ...fresh, kekVersion: old.kekVersion };
    await expect(provider.unwrap(renamed, CONTEXT)).rejects.toMatchObject({ code: 'kek-ciphertext-wrong' });
  });
});
