import { hkdfSync, randomBytes } from 'node:crypto';
import { derive } from '@asterism/keys';
import { median } from './signature-ratio.ts';
import { round } from './report.ts';

const ROUNDS = 7;
const COUNT = 40_000;
const LENGTH = 32;
/** As long as the framed name of a key. */
const INFO_LENGTH = 60;

/** Derivations of `libs/keys` a second, beside the HKDF-SHA256 call that each of them makes. One thread. */
export function measureDerivations() {
  const secret = () => new Uint8Array(randomBytes(32));
  const cluster = { root: secret(), salt: secret() };
  const info = new Uint8Array(randomBytes(INFO_LENGTH));
  const bare = () => hkdfSync('sha256', cluster.root, cluster.salt, info, LENGTH);
  const full = (turn: number) =>
    derive(cluster, { purpose: 'volume', id: `pvc-7f0e2a51-${turn % 1000}`, version: 1 }, LENGTH);
  rate(bare);
  rate(full);
  const [raw, derived]: [number[], number[]] = [[], []];
  // Turn by turn, so that a change of the computer's speed meets both alike.
  for (let round = 0; round < ROUNDS; round++) {
    raw.push(rate(bare));
    derived.push(rate(full));
  }
  const [perSecond, barePerSecond] = [median(derived), median(raw)];
  return {
    derivationsPerSecond: round(perSecond, 0),
    barePerSecond: round(barePerSecond, 0),
    ratio: round(perSecond / barePerSecond, 2),
  };
}

function rate(work: (turn: number) => unknown): number {
  const began = performance.now();
  for (let turn = 0; turn < COUNT; turn++) work(turn);
  return (1000 * COUNT) / (performance.now() - began);
}
