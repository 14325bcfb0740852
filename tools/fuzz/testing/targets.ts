import { setTimeout as wait } from 'node:timers/promises';
import { BytesError, Reader } from '@asterism/bytes';
import { LIMITS, type Target } from '../target.ts';

const seeds = () => Promise.resolve([new Uint8Array(32).fill(1)]);
const held: Uint8Array[] = [];

/** Readers with the faults that the fuzzer is there to find, and one without. */
export const TARGETS: readonly Target[] = [
  { name: 'sound', seeds, read: (input) => new Reader(input, 'big').bytes(40) },
  {
    name: 'crashes',
    seeds,
    read: (input) => {
      if (input[0] !== 1) throw new TypeError('undefined is not a function');
    },
  },
  {
    name: 'rejects',
    seeds,
    read: (input) => Promise.reject(input[0] === 1 ? refusal() : new RangeError('late')),
  },
  {
    name: 'hangs',
    seeds,
    read: (input) => {
      while (input[0] !== 1);
    },
  },
  { name: 'is-slow', seeds, read: (input) => (input[0] === 1 ? 0 : wait(LIMITS.milliseconds + 50)) },
  { name: 'hoards', seeds, read: () => held.push(new Uint8Array(1024 * 1024)) },
  { name: 'has-no-seeds', seeds: () => Promise.resolve([]), read: () => 0 },
];

function refusal(): BytesError {
  return new BytesError('out-of-bounds', 'refused');
}
