import { KekError, kekContextBytes, type KekErrorCode, type KekProvider } from '@asterism/keys';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A key service in memory that really wraps, and whose faults a test switches. */
export interface MemoryKek {
  readonly provider: KekProvider;
  /** What every call fails with; undefined: none does. */
  fault: KekErrorCode | undefined;
  /** Calls of each kind that were begun. */
  readonly calls: { wrap: number; unwrap: number };
  /** Name of the version that wraps from now on; older ones still unwrap. */
  rotate(): string;
  /** Awaited before each call is answered. */
  pause: Promise<void> | undefined;
}

const TAG = 16;
const IV = 12;

export function createMemoryKek(kind: KekProvider['kind'] = 'vault'): MemoryKek {
  const versions = [randomBytes(32)];
  const calls = { wrap: 0, unwrap: 0 };
  const begin = async (call: keyof typeof calls) => {
    calls[call]++;
    await kek.pause;
    if (kek.fault !== undefined)
      throw new KekError(kek.fault, 'at https://secret.address.test/key-of-somebody');
  };
  const kek: MemoryKek = {
    fault: undefined,
    pause: undefined,
    calls,
    rotate: () => `v${versions.push(randomBytes(32))}`,
    provider: {
      kind,
      wrap: async (plaintext, context) => {
        await begin('wrap');
        const iv = randomBytes(IV);
        const cipher = createCipheriv('aes-256-gcm', versions.at(-1) ?? iv, iv);
        cipher.setAAD(kekContextBytes(context));
        const ciphertext = Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
        return { kekVersion: `v${versions.length}`, ciphertext: new Uint8Array(ciphertext) };
      },
      unwrap: async ({ kekVersion, ciphertext }, context) => {
        await begin('unwrap');
        const key = versions[Number(kekVersion.slice(1)) - 1];
        if (key === undefined) throw new KekError('kek-ciphertext-wrong', 'of no version of this key');
        const decipher = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(0, IV));
        decipher.setAAD(kekContextBytes(context));
        decipher.setAuthTag(ciphertext.subarray(-TAG));
        try {
          const body = decipher.update(ciphertext.subarray(IV, -TAG));
          return new Uint8Array(Buffer.concat([body, decipher.final()]));
        } catch {
          throw new KekError('kek-ciphertext-wrong', 'not of this key and context');
        }
      },
      describe: async () => {
        if (kek.fault !== undefined) throw new KekError(kek.fault, 'no answer');
        return { state: 'enabled', kekVersion: `v${versions.length}`, algorithm: 'AES-256-GCM' };
      },
      close: async () => undefined,
    },
  };
  return kek;
}
