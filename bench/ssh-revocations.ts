import { generateKeyPairSync } from 'node:crypto';
import { parseRevocationList, toSshPublicKey, writeRevocationList } from '@asterism/ssh';
import { round } from './report.ts';
import { median } from './signature-ratio.ts';

const ROUNDS = 5;
/** How far apart: one after the other but for a third, as of a busy month, over all of 64 bits. */
const SPREADS = [
  ['crowded', (at: number) => BigInt(Math.floor((at * 3) / 2) + 1)],
  ['spread', (at: number) => BigInt(at * 97 + 1)],
  ['scattered', (at: number) => ((BigInt(at) * 0x9e37_79b9_7f4a_7c15n) % 0xffff_ffff_ffff_fffen) + 1n],
] as const;

/** Writing and reading a key revocation list of so many serials, in milliseconds, and how long it is. */
export function measureRevocationLists(count: number): object[] {
  const authority = toSshPublicKey(generateKeyPairSync('ed25519').privateKey);
  return SPREADS.map(([serials, nth]) => {
    const given = Array.from({ length: count }, (_, at) => nth(at));
    const write = () =>
      writeRevocationList({
        ...{ version: 1n, generatedAt: new Date(), comment: 'bench', fingerprints: [] },
        certificates: [{ authority, serials: given }],
      });
    const bytes = write();
    return {
      ...{ serials, count, bytes: bytes.length },
      writeMs: medianTime(write),
      readMs: medianTime(() => parseRevocationList(bytes)),
    };
  });
}

function medianTime(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return round(median(times));
}
