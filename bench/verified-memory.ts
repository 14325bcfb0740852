/**
 * Program of `bench verify`, with `--expose-gc`: `verified-memory.ts <count>` verifies so many reports of more machines than
 * anything remembers, and prints the memory in use after each tenth.
 */
import { mintSnpPki } from '@asterism/testkit';
import { verifyReport } from '@asterism/snp';

const MACHINES = 1_500;
const IN_FLIGHT = 8;
const MIB = 1024 * 1024;

const count = Number(process.argv[2]);
const pki = await mintSnpPki('Genoa');
const crls = [await pki.crl()];
const requests = await Promise.all(
  Array.from({ length: MACHINES }, async () => {
    const machine = await pki.machine();
    return { ...machine.request(await machine.report()), crls, requireCrl: true };
  }),
);

/** After a collection, so that only what something holds is counted. */
function inUse(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}

async function verifyTenth(): Promise<void> {
  let left = Math.ceil(count / 10);
  const line = async (): Promise<void> => {
    while (left > 0) {
      const request = requests[left-- % requests.length];
      if (request !== undefined) await verifyReport(request);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, line));
}

const used: number[] = [];
for (let tenth = 0; tenth < 10; tenth++) {
  await verifyTenth();
  used.push(inUse());
}
console.log(JSON.stringify({ used, resident: process.memoryUsage.rss() / MIB }));
