import { toHex, utf8, type Bytes } from '@asterism/bytes';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseEventLog } from '../event-log/parse-event-log.ts';
import { replayEventLog } from '../event-log/replay-event-log.ts';
import { verifyEventLog } from '../event-log/verify-event-log.ts';
import type { PcrBank } from '../structures/algorithms.ts';
import { hashLength } from '../structures/algorithms.ts';
import { planMeasuredLaunch, type LaunchInputs } from './measured-launch.ts';

const INPUTS: LaunchInputs = {
  agentBundle: utf8('the agent'),
  sharedConfiguration: utf8('{"cluster":"local"}'),
  kernelVersion: 'Linux version 6.1.0\n',
  kernelCommandLine: 'root=/dev/vda1 quiet\n',
};

function extended(bank: PcrBank, contents: Uint8Array): string {
  const hash = (bytes: Uint8Array) => createHash(bank).update(bytes).digest();
  return hash(Buffer.concat([new Uint8Array(hashLength(bank)), hash(contents)])).toString('hex');
}

describe('planMeasuredLaunch', () => {
  it.each<PcrBank>(['sha256', 'sha384'])('measures each input into its PCR of %s', async (bank) => {
    const { expectedPcrs } = await planMeasuredLaunch(INPUTS, bank);
    expect(Object.fromEntries([...expectedPcrs].map(([pcr, value]) => [pcr, toHex(value)]))).toEqual({
      4: extended(bank, INPUTS.agentBundle),
      7: extended(bank, new Uint8Array(4)),
      8: extended(bank, utf8('root=/dev/vda1 quiet')),
      9: extended(bank, utf8('Linux version 6.1.0')),
      11: extended(bank, INPUTS.sharedConfiguration),
    });
  });

  it('writes a log that replays to what it expects, and reads like a sentence', async () => {
    const launch = await planMeasuredLaunch(INPUTS);
    const log = parseEventLog(launch.eventLog);
    expect(log.events).toEqual(launch.events);
    expect(await replayEventLog(log, 'sha256')).toEqual(
      new Map([...launch.expectedPcrs].sort(([a], [b]) => a - b)),
    );
    expect(launch.events.map(({ data }) => Buffer.from(data).toString())).toContain(
      'kernel command line: root=/dev/vda1 quiet',
    );
  });

  it.each<[keyof LaunchInputs, number]>([
    ['agentBundle', 4],
    ['kernelCommandLine', 8],
    ['kernelVersion', 9],
    ['sharedConfiguration', 11],
  ])('one byte more of %s moves PCR %i and no other, and the log says where', async (input, pcr) => {
    const before = await planMeasuredLaunch(INPUTS);
    const more = (value: string | Bytes | Uint8Array) =>
      typeof value === 'string' ? `${value.trimEnd()}!` : Uint8Array.from([...value, 0x21]);
    const after = await planMeasuredLaunch({ ...INPUTS, [input]: more(INPUTS[input]) });
    const moved = [...after.expectedPcrs].filter(
      ([at, value]) => toHex(value) !== toHex(before.expectedPcrs.get(at) ?? value),
    );
    expect(moved.map(([at]) => at)).toEqual([pcr]);
    await expect(
      verifyEventLog(parseEventLog(before.eventLog), 'sha256', after.expectedPcrs),
    ).rejects.toMatchObject({
      code: 'event-log-mismatch',
      message: expect.stringContaining(`PCR ${pcr}, first at event`),
    });
  });
});
