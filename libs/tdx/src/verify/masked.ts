import { equalBytes } from '@asterism/bytes';

/** `(value & mask) == want`, byte for byte; Intel's documents mask so. */
export function equalMasked(value: Uint8Array, mask: Uint8Array, want: Uint8Array): boolean {
  return equalBytes(
    value.map((byte, i) => byte & (mask[i] ?? 0)),
    want,
  );
}
