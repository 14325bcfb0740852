import { fingerprintOf, formatPublicKey, toSshPublicKey } from '@asterism/ssh';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';

/** An authority as the API has it. */
export interface TestAuthority {
  readonly key: KeyObject;
  readonly line: string;
  readonly fingerprint: string;
}

export function makeAuthority(): TestAuthority {
  const key = generateKeyPairSync('ed25519').privateKey;
  const publicKey = toSshPublicKey(key);
  return { key, line: formatPublicKey(publicKey), fingerprint: fingerprintOf(publicKey) };
}
