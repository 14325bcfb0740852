import { Writer, type Bytes } from '@asterism/bytes';
import { CERTIFICATE_SECTION, writeSection } from './revocation-list.ts';
import { planSerials, type PlannedRun, type Run } from './serial-plan.ts';
import { toMpint } from './wire.ts';

const SERIAL_BYTES = 8;

/**
 * Sections of revoked serials in lists, ranges and bitmaps, whichever take least.
 * @param serials ascending, without repetitions
 */
export function serialSections(serials: BigUint64Array): Bytes {
  const writer = new Writer('big');
  let open: PlannedRun[] = [];
  for (const run of planSerials(runsOf(serials))) {
    if (run.opens) {
      writeRuns(writer, open);
      open = [];
    }
    open.push(run);
  }
  writeRuns(writer, open);
  return writer.finish();
}

function runsOf(serials: BigUint64Array): Run[] {
  const runs: Run[] = [];
  let [from, gap] = [0, 0];
  for (let at = 1; at <= serials.length; at++) {
    const [before, here] = [serials[at - 1] ?? 0n, serials[at]];
    if (here !== undefined && here - before === 1n) continue;
    runs.push({ first: serials[from] ?? 0n, length: at - from, gap });
    gap = here === undefined ? 0 : Number(here - before) - 1;
    from = at;
  }
  return runs;
}

/** Runs of one section. */
function writeRuns(writer: Writer, runs: readonly PlannedRun[]): void {
  const [run] = runs;
  if (run === undefined) return;
  switch (run.encoding) {
    case 'list':
      return writeSection(writer, CERTIFICATE_SECTION.serialList, listOf(runs));
    case 'range':
      return writeSection(writer, CERTIFICATE_SECTION.serialRange, rangeOf(run));
    case 'bitmap':
      return writeSection(writer, CERTIFICATE_SECTION.serialBitmap, bitmapOf(runs, run.first));
  }
}

function listOf(runs: readonly Run[]): Bytes {
  const count = runs.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(count * SERIAL_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { first, length } of runs) {
    for (let step = 0; step < length; step++, at += SERIAL_BYTES) view.setBigUint64(at, first + BigInt(step));
  }
  return bytes;
}

function rangeOf({ first, length }: Run): Bytes {
  return new Writer('big')
    .u64(first)
    .u64(first + BigInt(length - 1))
    .finish();
}

/** Bit i, counted from the least of a big-endian number, is serial `from` + i. */
function bitmapOf(runs: readonly Run[], from: bigint): Bytes {
  const last = runs.at(-1);
  const width = last === undefined ? 0 : Number(last.first - from) + last.length;
  const bits = new Uint8Array(Math.ceil(width / 8));
  for (const { first, length } of runs) {
    const begin = Number(first - from);
    for (let bit = begin; bit < begin + length; bit++) {
      const byte = bits.length - 1 - (bit >>> 3);
      bits[byte] = (bits[byte] ?? 0) | (1 << (bit & 7));
    }
  }
  return new Writer('big').u64(from).sized32(toMpint(bits)).finish();
}
