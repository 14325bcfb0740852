import { CodedError, concat, fromHex, utf8, Writer, type Bytes } from '@asterism/bytes';
import { bitFlips, mutations, truncations } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { TpmFormatError, type TpmFormatErrorCode } from '../errors.ts';
import { describeEvent } from './describe-event.ts';
import { encodeEventLog } from './encode-event-log.ts';
import { EVENT_TYPE } from './event-types.ts';
import { parseEventLog } from './parse-event-log.ts';
import { verifyEventLog } from './verify-event-log.ts';

const digest = (byte: number, length = 32): Bytes => new Uint8Array(length).fill(byte);
const LOG = encodeEventLog(
  ['sha256', 'sha384'],
  [4, 9].map((pcr) => ({
    pcr,
    type: EVENT_TYPE.EV_IPL,
    digests: new Map([
      ['sha256', digest(pcr)],
      ['sha384', digest(pcr, 48)],
    ] as const),
    data: utf8(`event of ${pcr}`),
  })),
);
/** The Spec ID header ends here: 32 bytes of event and what its own length says. */
const HEADER = 32 + new DataView(LOG.buffer).getUint32(28, true);
const SHA1_LOG = sha1Event(0, 1, utf8('POST'));

function sha1Event(pcr: number, type: number, data: Bytes): Bytes {
  return new Writer('little').u32(pcr).u32(type).bytes(digest(1, 20)).sized32(data).finish();
}

function refusal(bytes: Uint8Array): TpmFormatError {
  try {
    parseEventLog(bytes);
  } catch (error) {
    if (error instanceof TpmFormatError) return error;
    throw error;
  }
  throw new Error('was parsed');
}

describe('malformed event logs', () => {
  it('S09 truncated at every byte: refused, but at the end of an event, where a shorter log ends', () => {
    const ends: number[] = [];
    for (const cut of truncations(LOG)) {
      try {
        parseEventLog(cut);
        ends.push(cut.length);
      } catch (error) {
        expect(error).toMatchObject({ name: 'TpmFormatError', code: 'malformed' });
      }
    }
    expect(ends).toEqual([HEADER, HEADER + (LOG.length - HEADER) / 2]);
    for (const cut of truncations(SHA1_LOG)) expect(refusal(cut).code).toBe('malformed');
  });

  it(
    'S09 bits flipped and seeded mutations: coded errors only, through parse, replay and description',
    { timeout: 10_000 },
    async () => {
      const values = new Map([[4, digest(0)]]);
      for (const bytes of [
        ...bitFlips(LOG),
        ...mutations(LOG, 9, 3_000),
        ...mutations(SHA1_LOG, 10, 1_000),
      ]) {
        try {
          const log = parseEventLog(bytes);
          for (const event of log.events) expect(describeEvent(event).length).toBeLessThanOrEqual(200);
          await verifyEventLog(log, 'sha256', values);
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }
    },
  );

  const specId = (change: (header: Bytes) => void): Bytes => {
    const changed = new Uint8Array(LOG);
    change(changed.subarray(32, HEADER));
    return changed;
  };
  const event = (hex: string): Bytes => concat(LOG.subarray(0, HEADER), fromHex(hex.replaceAll(' ', '')));
  const both = `0b00 ${'04'.repeat(32)} 0c00 ${'04'.repeat(48)}`;

  it.each<[string, Bytes, TpmFormatErrorCode]>([
    ['no bytes', new Uint8Array(), 'malformed'],
    ['a header of version 1', specId((header) => header.set([1], 21)), 'unsupported'],
    ['a header of no banks', specId((header) => header.set([0, 0, 0, 0], 24)), 'malformed'],
    ['a header of nine banks', specId((header) => header.set([9, 0, 0, 0], 24)), 'malformed'],
    ['a header of 2³²−1 banks', specId((header) => header.set([255, 255, 255, 255], 24)), 'malformed'],
    ['a header with an unknown hash', specId((header) => header.set([0xcd, 0xab], 28)), 'unsupported'],
    ['a header with a bank twice', specId((header) => header.set([0x0b, 0, 32, 0], 32)), 'malformed'],
    ['a header with a wrong digest length', specId((header) => header.set([20, 0], 30)), 'malformed'],
    [
      'a header with vendor data over its end',
      specId((header) => header.set([9], header.length - 1)),
      'malformed',
    ],
    ['PCR 24', event(`18000000 0d000000 02000000 ${both} 00000000`), 'malformed'],
    ['PCR 2³²−1', event(`ffffffff 0d000000 02000000 ${both} 00000000`), 'malformed'],
    [
      'an event of one digest',
      event(`04000000 0d000000 01000000 0b00 ${'04'.repeat(32)} 00000000`),
      'malformed',
    ],
    ['an event of 2³²−1 digests', event('04000000 0d000000 ffffffff'), 'malformed'],
    [
      'an event with a bank twice',
      event(`04000000 0d000000 02000000 ${`0b00${'04'.repeat(32)}`.repeat(2)} 00000000`),
      'malformed',
    ],
    [
      'an event with a bank of no header',
      event(`04000000 0d000000 02000000 0d00 ${'04'.repeat(64)}`),
      'malformed',
    ],
    ['data over the bound', event(`04000000 0d000000 02000000 ${both} 01000400`), 'malformed'],
    ['data of 2³²−1 bytes', event(`04000000 0d000000 02000000 ${both} ffffffff`), 'malformed'],
    [
      'over 1 MiB',
      concat(...Array.from({ length: 4 }, () => sha1Event(4, 13, new Uint8Array(1 << 18)))),
      'too-large',
    ],
    [
      'over 8192 events',
      concat(...Array.from({ length: 8193 }, () => sha1Event(4, 13, new Uint8Array()))),
      'too-large',
    ],
  ])('S09 %s is refused', (_name, bytes, code) => {
    expect(refusal(bytes).code).toBe(code);
  });
});

describe('the description of an event', () => {
  const describeData = (data: Bytes, type: number = EVENT_TYPE.EV_IPL) =>
    describeEvent({ pcr: 4, type, digests: new Map(), data });
  const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));
  const variable = (name: string, length = name.length) =>
    new Writer('little').zeros(16).u64(BigInt(length)).u64(0n).bytes(utf16(name)).finish();

  it.each<[string, string, Bytes, number]>([
    ['text', 'grub_cmd: linux', utf8('grub_cmd: linux\0\0'), EVENT_TYPE.EV_IPL],
    ['UTF-16', 'Boot0001', utf16('Boot0001\0'), EVENT_TYPE.EV_IPL],
    ['a UEFI variable', 'SecureBoot', variable('SecureBoot'), EVENT_TYPE.EV_EFI_VARIABLE_DRIVER_CONFIG],
    [
      'a variable whose name is over its data',
      `${'00'.repeat(16)}ff${'00'.repeat(15)}`,
      variable('', 255),
      EVENT_TYPE.EV_EFI_VARIABLE_BOOT,
    ],
    ['bytes', 'ff00fe', fromHex('ff00fe'), EVENT_TYPE.EV_SEPARATOR],
    ['nothing', '', new Uint8Array(), EVENT_TYPE.EV_IPL],
  ])('is of %s', (_name, text, data, type) => {
    expect(describeData(data, type)).toBe(text);
  });

  it('never carries control characters, direction marks or half a character', () => {
    for (const text of ['a\u001b[31mb', 'a\u202eb', 'a\nb', 'a\u0000b'])
      expect(describeData(utf8(text))).toMatch(/^[0-9a-f]+$/);
    expect(describeData(utf8(`${'a'.repeat(199)}😀`)).isWellFormed()).toBe(true);
  });

  it(
    'S09 takes linear time, also of a quarter MiB of zeros with a letter behind them',
    { timeout: 2_000 },
    () => {
      const data = new Uint8Array(1 << 18);
      data[data.length - 1] = 0x61;
      expect(describeData(data)).toBe(`${'00'.repeat(32)}…`);
    },
  );
});
