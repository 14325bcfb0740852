import { KeysError } from '../errors.ts';
import type { Seal, SealedSecret } from './seal.ts';
import type { RandomSource } from './wrap.ts';

/** A new KEK of the API: the key in memory and its first sealed form. */
export async function createKek(
  seal: Seal,
  random: RandomSource,
): Promise<SealedSecret & { readonly kek: Uint8Array }> {
  const kek = new Uint8Array(random(32));
  return { kek, ...(await seal.seal(kek)) };
}

/** @throws KeysError `seal-wrong`, `seal-malformed` or `seal-unavailable`; nothing is written on any of them. */
export async function openKek(seal: Seal, sealed: Uint8Array): Promise<Uint8Array> {
  const kek = await seal.unseal(sealed);
  if (kek.length !== 32) {
    throw new KeysError('seal-malformed', 'unsealed KEK is not 32 bytes', { got: kek.length, want: 32 });
  }
  return kek;
}
