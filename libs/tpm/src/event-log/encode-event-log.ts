import { utf8, Writer, type Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';
import { hashId, hashLength, type TpmHashName } from '../structures/algorithms.ts';
import type { TpmEvent } from './event-log.ts';
import { EVENT_TYPE } from './event-types.ts';

const PLATFORM_CLASS_SERVER = 1;
/** Two 32-bit words: a 64-bit UINTN. */
const UINTN_SIZE = 2;

function specId(banks: readonly TpmHashName[]): Bytes {
  const writer = new Writer('little')
    .bytes(utf8('Spec ID Event03\0'))
    .u32(PLATFORM_CLASS_SERVER)
    .u8(0) // minor
    .u8(2) // major
    .u8(0) // errata
    .u8(UINTN_SIZE)
    .u32(banks.length);
  for (const bank of banks) writer.u16(hashId(bank)).u16(hashLength(bank));
  return writer.u8(0).finish();
}

/**
 * Writes a crypto-agile log with its Spec ID header. Every event must have a digest for each of `banks`, and no others.
 * @throws TpmFormatError `malformed`
 */
export function encodeEventLog(banks: readonly TpmHashName[], events: readonly TpmEvent[]): Bytes {
  const writer = new Writer('little')
    .u32(0)
    .u32(EVENT_TYPE.EV_NO_ACTION)
    .zeros(hashLength('sha1'))
    .sized32(specId(banks));
  for (const { pcr, type, digests, data } of events) {
    if (digests.size !== banks.length) {
      throw new TpmFormatError('malformed', 'event log: banks of an event', {
        got: [...digests.keys()],
        want: banks,
      });
    }
    writer.u32(pcr).u32(type).u32(banks.length);
    for (const bank of banks) {
      const digest = digests.get(bank);
      if (digest?.length !== hashLength(bank)) {
        throw new TpmFormatError('malformed', `event log: digest of ${bank}`, {
          got: digest?.length ?? null,
          want: hashLength(bank),
        });
      }
      writer.u16(hashId(bank)).bytes(digest);
    }
    writer.sized32(data);
  }
  return writer.finish();
}
