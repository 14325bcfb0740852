import { VECTORS } from '@asterism/testkit/vectors';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyBytes, type Bytes } from '@asterism/bytes';
import { parseTdxQuote } from '@asterism/tdx';
import { parseEventLog, writtenEventLog } from '@asterism/tpm';
import { describe, expect, it } from 'vitest';
import { verifyLog } from './verify-log.ts';

const FOLDER = join(VECTORS, 'gcp/tdx-cos113-ccel');
const bytesOf = (name: string): Bytes => new Uint8Array(readFileSync(join(FOLDER, name)));

describe.skipIf(!existsSync(FOLDER))('CC event log of a real machine', () => {
  const log = (area: Bytes) => parseEventLog(writtenEventLog(area));
  const registers = (change: (rtmr2: Bytes) => Bytes = copyBytes): ReadonlyMap<number, Bytes> => {
    const { rtmr0, rtmr1, rtmr2, rtmr3 } = parseTdxQuote(bytesOf('td-quote.bin')).report;
    return new Map([rtmr0, rtmr1, change(rtmr2), rtmr3].map((value, i) => [i + 1, value]));
  };

  it('replays to the RTMRs of its quote', async () => {
    await verifyLog(log(bytesOf('ccel_data.bin')), 'sha384', registers());
  });

  it('S05 is refused by another RTMR', async () => {
    const other = registers((rtmr2) => rtmr2.map((byte) => byte ^ 1));
    await expect(verifyLog(log(bytesOf('ccel_data.bin')), 'sha384', other)).rejects.toMatchObject({
      code: 'event-log-mismatch',
    });
  });
});
