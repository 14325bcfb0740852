import { toHex } from '@asterism/bytes';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KekError, type KekErrorCode } from '../kek/kek-error.ts';
import { kekContextBytes, type KekContext, type KekProvider, type WrappedKey } from '../kek/kek-provider.ts';
import { createKek, openKek } from './kek.ts';
import { kekSeal } from './kek-seal.ts';

/** A key service that keeps its key in this process; `fault` is what it answers instead, while there is one. */
class LocalKek implements KekProvider {
  readonly kind = 'vault';
  readonly #key = randomBytes(32);
  fault: unknown;
  readonly contexts: KekContext[] = [];

  async wrap(plaintext: Uint8Array, context: KekContext): Promise<WrappedKey> {
    if (this.fault !== undefined) throw this.fault;
    this.contexts.push(context);
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(kekContextBytes(context));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return { kekVersion: 'versions/1', ciphertext: Buffer.concat([iv, body, cipher.getAuthTag()]) };
  }

  async unwrap({ kekVersion, ciphertext }: WrappedKey, context: KekContext): Promise<Uint8Array> {
    if (this.fault !== undefined) throw this.fault;
    if (kekVersion !== 'versions/1') throw new KekError('kek-ciphertext-wrong', 'no such version');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, ciphertext.subarray(0, 12));
    decipher.setAAD(kekContextBytes(context)).setAuthTag(ciphertext.subarray(-16));
    try {
      return Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]);
    } catch (cause) {
      throw new KekError('kek-ciphertext-wrong', 'does not open', { cause });
    }
  }

  describe = () => Promise.reject(new Error('not asked for'));
  close = () => Promise.resolve();
}

const made = () => {
  const provider = new LocalKek();
  return { provider, seal: kekSeal({ name: 'vault-eu', provider }) };
};
const refusal = (code: string, outcome: string) =>
  expect.objectContaining({ name: 'KeysError', code, outcome });

describe('kekSeal', () => {
  it('opens under the KEK that sealed, and says in its description under which', async () => {
    const { seal, provider } = made();
    const { kek, sealed, description } = await createKek(seal, randomBytes);
    expect(toHex(await openKek(seal, sealed))).toBe(toHex(kek));
    expect(description).toEqual({ kind: 'kek', provider: 'vault-eu', kekVersion: 'versions/1' });
    expect(provider.contexts).toEqual([{ cluster: '00000000-0000-0000-0000-000000000000', key: 'api-kek' }]);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(inspect({ seal, description, sealed: toHex(sealed) }, { depth: 10 })).not.toContain(toHex(kek));
  });

  it('S25 does not open under another KEK, altered, or when it is a key of a cluster', async () => {
    const [own, other] = [made(), made()];
    const { kek, sealed } = await createKek(own.seal, randomBytes);
    const wrong = refusal('seal-wrong', 'fault');
    await expect(openKek(other.seal, sealed)).rejects.toEqual(wrong);
    for (let at = 0; at < sealed.length; at++) {
      const altered = Uint8Array.from(sealed, (byte, i) => (i === at ? byte ^ 1 : byte));
      await expect(openKek(own.seal, altered), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^seal-(wrong|malformed)$/),
      });
    }
    const cluster = { cluster: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11', key: 'state-disk/disk-1/1' };
    const { ciphertext } = await own.provider.wrap(kek, cluster);
    const moved = Buffer.concat([sealed.subarray(0, sealed.length - ciphertext.length), ciphertext]);
    await expect(openKek(own.seal, moved)).rejects.toEqual(wrong);
    expect(toHex(await openKek(own.seal, sealed))).toBe(toHex(kek));
  });

  it('S09 tells what no KEK sealed', async () => {
    const { seal } = made();
    const { sealed } = await createKek(seal, randomBytes);
    const malformed = refusal('seal-malformed', 'fault');
    for (let length = 0; length < sealed.length; length++) {
      await expect(openKek(seal, sealed.subarray(0, length))).rejects.toEqual(malformed);
    }
    await expect(openKek(seal, Buffer.concat([sealed, Buffer.of(0)]))).rejects.toEqual(malformed);
    await expect(openKek(seal, Uint8Array.of(0x01, ...randomBytes(60)))).rejects.toEqual(malformed);
    const short = await kekSeal({ name: 'short', provider: made().provider }).seal(new Uint8Array(16));
    await expect(openKek(seal, short.sealed)).rejects.toMatchObject({ code: 'seal-wrong' });
  });

  it.each<KekErrorCode>([
    'kek-unreachable',
    'kek-throttled',
    'kek-disabled',
    'kek-unknown',
    'kek-denied',
    'kek-wrong-region',
    'kek-response-invalid',
    'kek-configuration-invalid',
  ])('is undecided while the provider answers %s, and opens when it is back', async (code) => {
    const { seal, provider } = made();
    const { kek, sealed } = await createKek(seal, randomBytes);
    provider.fault = new KekError(code, 'as told');
    await expect(openKek(seal, sealed)).rejects.toEqual(refusal('seal-unavailable', 'undecided'));
    await expect(createKek(seal, randomBytes)).rejects.toEqual(refusal('seal-unavailable', 'undecided'));
    provider.fault = undefined;
    expect(toHex(await openKek(seal, sealed))).toBe(toHex(kek));
  });

  it('is undecided where a provider breaks its word and throws something else', async () => {
    const { seal, provider } = made();
    const { sealed } = await createKek(seal, randomBytes);
    provider.fault = new TypeError('read of undefined');
    await expect(openKek(seal, sealed)).rejects.toEqual(refusal('seal-unavailable', 'undecided'));
  });
});
