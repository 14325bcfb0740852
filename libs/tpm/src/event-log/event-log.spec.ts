import { concat, toHex, utf8, type Bytes } from '@asterism/bytes';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashLength, type PcrBank, type TpmHashName } from '../structures/algorithms.ts';
import { encodeEventLog } from './encode-event-log.ts';
import type { TpmEvent } from './event-log.ts';
import { EVENT_TYPE, eventTypeName } from './event-types.ts';
import { parseEventLog } from './parse-event-log.ts';
import { replayEventLog } from './replay-event-log.ts';
import { verifyEventLog } from './verify-event-log.ts';

const hash = (bank: PcrBank, ...parts: Uint8Array[]): Bytes =>
  new Uint8Array(
    createHash(bank)
      .update(concat(...parts))
      .digest(),
  );

function measured(
  pcr: number,
  text: string,
  type: number = EVENT_TYPE.EV_IPL,
  bank: PcrBank = 'sha256',
): TpmEvent {
  const data = utf8(text);
  return { pcr, type, digests: new Map([[bank, hash(bank, data)]]), data };
}

function logOf(...events: TpmEvent[]) {
  return parseEventLog(encodeEventLog(['sha256'], events));
}

const ZERO = new Uint8Array(32);
const BANKS: readonly TpmHashName[] = ['sha1', 'sha256', 'sha384', 'sha512', 'sm3-256', 'sha3-256'];

describe('event logs, encoded and parsed', () => {
  const logs = fc.subarray([...BANKS], { minLength: 1 }).chain((banks) =>
    fc.record({
      banks: fc.constant(banks),
      events: fc.array(
        fc
          .record({
            pcr: fc.nat(23),
            type: fc.nat(0xffff_ffff),
            data: fc.uint8Array({ maxLength: 80 }),
            digests: fc.tuple(
              ...banks.map((bank) =>
                fc.uint8Array({ minLength: hashLength(bank), maxLength: hashLength(bank) }),
              ),
            ),
          })
          .map(({ digests, data, ...rest }) => ({
            ...rest,
            data: new Uint8Array(data),
            digests: new Map(banks.map((bank, i) => [bank, new Uint8Array(digests[i] ?? [])])),
          })),
        { maxLength: 8 },
      ),
    }),
  );

  it('give back banks and events', () => {
    fc.assert(
      fc.property(logs, ({ banks, events }) => {
        expect(parseEventLog(encodeEventLog(banks, events))).toEqual({
          format: 'crypto-agile',
          banks,
          events,
        });
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('cannot be encoded with a digest missing, over or of another length', () => {
    const event = measured(4, 'agent');
    const sha1 = ['sha1', new Uint8Array(20)] as const;
    for (const digests of [
      new Map<TpmHashName, Bytes>(),
      new Map<TpmHashName, Bytes>([sha1]),
      new Map<TpmHashName, Bytes>([...event.digests, sha1]),
      new Map<TpmHashName, Bytes>([['sha256', new Uint8Array(31)]]),
    ]) {
      expect(() => encodeEventLog(['sha256'], [{ ...event, digests }])).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
    }
  });

  it('know the names of event types, and give the number of others', () => {
    expect(eventTypeName(0x8000000d)).toBe('EV_EFI_GPT_EVENT2');
    expect(eventTypeName(0xabc)).toBe('0x00000abc');
  });
});

describe('replay', () => {
  it.each<PcrBank>(['sha256', 'sha384'])('extends in order, each PCR of %s from zero', async (bank) => {
    const events = [measured(4, 'a', 13, bank), measured(9, 'k', 13, bank), measured(4, 'b', 13, bank)];
    const log = parseEventLog(encodeEventLog([bank], events));
    const zero = new Uint8Array(hashLength(bank));
    const extend = (value: Bytes, text: string) => hash(bank, value, hash(bank, utf8(text)));
    expect([...(await replayEventLog(log, bank))]).toEqual([
      [4, extend(extend(zero, 'a'), 'b')],
      [9, extend(zero, 'k')],
    ]);
  });

  it('passes over EV_NO_ACTION, and starts PCR 0 with the startup locality', async () => {
    const locality: TpmEvent = {
      ...measured(0, 'StartupLocality\0\x03', EVENT_TYPE.EV_NO_ACTION),
      digests: new Map([['sha256', ZERO]]),
    };
    const start = Uint8Array.from(ZERO, (_, i) => (i === 31 ? 3 : 0));
    const values = await replayEventLog(logOf(locality, measured(0, 'crtm')), 'sha256');
    expect([...values]).toEqual([[0, hash('sha256', start, hash('sha256', utf8('crtm')))]]);
  });

  it('refuses SHA-1 and a bank that the log lacks', async () => {
    const log = logOf(measured(4, 'a'));
    await expect(replayEventLog(log, 'sha1' as PcrBank)).rejects.toMatchObject({ code: 'algorithm-refused' });
    await expect(replayEventLog(log, 'sha384')).rejects.toMatchObject({ code: 'event-log-mismatch' });
    await expect(verifyEventLog(log, 'sha384', new Map())).rejects.toMatchObject({
      code: 'event-log-mismatch',
    });
  });
});

describe('verifyEventLog', () => {
  const events = [
    measured(4, 'loader'),
    measured(4, 'agent'),
    measured(7, '\0\0\0\0', EVENT_TYPE.EV_SEPARATOR),
  ];
  const quoted = async () => replayEventLog(logOf(...events), 'sha256');
  const verify = (log: readonly TpmEvent[], values: ReadonlyMap<number, Uint8Array>) =>
    verifyEventLog(logOf(...log), 'sha256', values);

  it('accepts the log that leads to the values, and PCRs without events that are at their start', async () => {
    await verify(events, new Map([...(await quoted()), [11, ZERO]]));
  });

  it.each<[string, readonly TpmEvent[], string]>([
    ['an event left out', events.slice(1), 'PCR 4'],
    ['an event too many', [...events, measured(4, 'rootkit')], 'PCR 4, first at event 3 (EV_IPL rootkit)'],
    [
      'the last event of a PCR left out',
      [events[0], events[2]].filter((event) => event !== undefined),
      'PCR 4',
    ],
    ['events exchanged', [events[1], events[0], events[2]].filter((event) => event !== undefined), 'PCR 4'],
    [
      'an event moved to another PCR',
      events.map((event, i) => (i === 1 ? { ...event, pcr: 5 } : event)),
      'PCR 4',
    ],
    ['no event', [], 'PCR 4, which the log has no events for'],
  ])('S05 refuses %s and names the PCR', async (_name, log, message) => {
    await expect(verify(log, await quoted())).rejects.toMatchObject({
      name: 'TpmNotGenuineError',
      code: 'event-log-mismatch',
      message: expect.stringContaining(message),
    });
  });

  it('S05 refuses one bit changed in any quoted value', async () => {
    for (const [pcr, value] of await quoted()) {
      const changed = Uint8Array.from(value, (byte, i) => (i === 0 ? byte ^ 1 : byte));
      await expect(verify(events, new Map([[pcr, changed]]))).rejects.toMatchObject({ got: toHex(value) });
    }
  });

  it('names the event whose data is not what was extended', async () => {
    const lie = { ...measured(7, '\0\0\0\0', EVENT_TYPE.EV_SEPARATOR), data: utf8('\xff') };
    const log = [measured(7, 'boot variable'), lie];
    await expect(verify(log, new Map([[7, hash('sha256', ZERO)]]))).rejects.toMatchObject({
      message: expect.stringContaining('first at event 1 (EV_SEPARATOR'),
    });
  });
});
