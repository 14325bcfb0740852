import { copyBytes, type Bytes } from '@asterism/bytes';

/** Every proper prefix, the empty one first. */
export function* truncations(bytes: Uint8Array): Generator<Bytes> {
  for (let length = 0; length < bytes.length; length++) yield copyBytes(bytes.subarray(0, length));
}

/** The bytes with one bit changed, for every bit. */
export function* bitFlips(bytes: Uint8Array): Generator<Bytes> {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = copyBytes(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

/** mulberry32: the same numbers for the same seed, everywhere. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Values that lengths, counts and identifiers break at. */
const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];

/** `count` seeded changes: bytes overwritten, taken out, put in, doubled; up to six a result (S09). */
export function* mutations(bytes: Uint8Array, seed: number, count: number): Generator<Bytes> {
  const below = generator(seed);
  for (let i = 0; i < count; i++) {
    const changed = [...bytes];
    for (let edits = 1 + below(6); edits > 0; edits--) {
      const at = below(changed.length + 1);
      const value = below(2) === 0 ? below(256) : (INTERESTING[below(INTERESTING.length)] ?? 0);
      const edit = below(8);
      if (edit === 0) changed.splice(at, 1 + below(8));
      else if (edit === 1) changed.splice(at, 0, value);
      else if (edit === 2) changed.splice(at, 0, ...changed.slice(at, at + 1 + below(64)));
      else if (at < changed.length) changed[at] = value;
    }
    yield Uint8Array.from(changed);
  }
}
