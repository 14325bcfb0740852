import { KeysError } from './errors.ts';
import type { Seal } from './seal.ts';
import type { RandomSource } from './wrap.ts';

/** A new KEK of the API: the key in memory and its sealed form for the data directory. */
export async function createKek(
  seal: Seal,
  random: RandomSource,
): Promise<{ readonly kek: Uint8Array; readonly sealed: Uint8Array }> {
  const kek = new Uint8Array(random(32));
  return { kek, sealed: await seal.seal(kek) };
}

/** @throws KeysError `seal-wrong`, `seal-malformed` or `seal-unavailable`; nothing is written on any of them. */
export async function openKek(seal: Seal, sealed: Uint8Array): Promise<Uint8Array> {
  const kek = await seal.unseal(sealed);
  if (kek.length !== 32) {
    throw new KeysError('seal-malformed', 'unsealed KEK is not 32 bytes', { got: kek.length, want: 32 });
  }
  return kek;
}
