import { bitFlips, mintSnp, mutations, truncations, type MintedSnpMachine } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeReport, parseReport, SnpError, SnpInputError, verifyReport } from './index.ts';

let machine: MintedSnpMachine;
let report: Uint8Array;
beforeAll(async () => {
  machine = await mintSnp({ product: 'Turin' });
  report = await machine.report();
});

/** True where the bytes can be read, and then they encode to themselves. @throws all but coded refusals */
function reads(bytes: Uint8Array): boolean {
  try {
    expect(encodeReport(parseReport(bytes))).toEqual(bytes);
    return true;
  } catch (error) {
    if (!(error instanceof SnpInputError)) throw error;
    return false;
  }
}

async function isGenuine(bytes: Uint8Array): Promise<boolean> {
  try {
    await verifyReport(machine.request(bytes));
    return true;
  } catch (error) {
    if (!(error instanceof SnpError)) throw error;
    return false;
  }
}

describe('S09 malformed reports', () => {
  it('S09 are refused when they are cut anywhere, or too long', () => {
    for (const cut of truncations(report)) expect(reads(cut)).toBe(false);
    expect(reads(new Uint8Array(1 << 20))).toBe(false);
  });

  it('S09 are refused whichever bit is flipped', async () => {
    const readable = [...bitFlips(report)].filter(reads);
    // Signatures are checked beside each other: there are thousands.
    expect(readable.length).toBeGreaterThan(4000);
    expect((await Promise.all(readable.map(isGenuine))).includes(true)).toBe(false);
  });

  it('S09 are read to the same bytes or refused, whatever is changed', () => {
    for (const changed of mutations(report, 7, 3000)) reads(changed);
  });

  it('S09 are refused with lengths and versions at their limits', () => {
    for (const length of [0, 1, 1183, 1185, 2368]) expect(reads(new Uint8Array(length))).toBe(false);
    for (const octet of [0, 1, 0x7f, 0xff]) expect(reads(new Uint8Array(1184).fill(octet))).toBe(false);
  });
});
