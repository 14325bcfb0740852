import type { WrappedKey } from '@asterism/keys';

/** Ends and middle, and every seventh byte between: each field of each layout is met. */
export function positions(length: number): readonly number[] {
  const steps = Array.from({ length: Math.ceil(length / 7) }, (_, index) => index * 7);
  return [...new Set([...steps, length - 1])];
}

/** As if that section's key had wrapped it, where versions are named after keys. */
export function claim({ kekVersion, ciphertext }: WrappedKey, usual: unknown, section: unknown): WrappedKey {
  const [from, to] = [usual, section].map((of) => String((of as { key?: unknown }).key));
  return { kekVersion: kekVersion.replace(from ?? '', to ?? ''), ciphertext };
}

export function alter({ kekVersion, ciphertext }: WrappedKey, at: number): WrappedKey {
  const bytes = Uint8Array.from(ciphertext);
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
  return { kekVersion, ciphertext: bytes };
}
