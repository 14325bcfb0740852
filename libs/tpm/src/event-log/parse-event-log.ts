import { equalBytes, utf8, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import { hashLength, readHash, type TpmHashName } from '../structures/algorithms.ts';
import type { TpmEvent, TpmEventLog } from './event-log.ts';
import { EVENT_TYPE } from './event-types.ts';

/** Bounds: what a verifier is ready to read (S09). */
const MAX_LOG = 1 << 20;
const MAX_EVENTS = 8192;
const MAX_DATA = 1 << 18;
const MAX_BANKS = 8;
const MAX_PCR = 23;

const SPEC_ID = utf8('Spec ID Event03\0');

function readPcr(reader: Reader): number {
  const pcr = reader.u32();
  if (pcr > MAX_PCR) {
    throw new TpmFormatError('malformed', 'event log: PCR index', { got: pcr, want: `0 to ${MAX_PCR}` });
  }
  return pcr;
}

/** TCG_PCR_EVENT, Platform Firmware Profile §10.2.1: one SHA-1 digest. */
function readSha1Event(reader: Reader): TpmEvent {
  const pcr = readPcr(reader);
  const type = reader.u32();
  const digest = reader.bytes(hashLength('sha1'));
  return { pcr, type, digests: new Map([['sha1', digest]]), data: reader.sized32(MAX_DATA) };
}

/** TCG_EfiSpecIDEvent, §10.4.5.1: which banks every event of the log has a digest for. */
function readSpecId(data: Bytes): TpmHashName[] {
  return readStructure(
    'TCG_EfiSpecIDEvent',
    data,
    (reader) => {
      reader.bytes(SPEC_ID.length);
      reader.u32(); // platformClass: 0 client, 1 server
      const [minor, major, errata] = [reader.u8(), reader.u8(), reader.u8()];
      if (major !== 2) {
        throw new TpmFormatError('unsupported', 'event log: version of the specification', {
          got: `${major}.${minor}.${errata}`,
          want: '2.x',
        });
      }
      reader.u8(); // uintnSize
      const count = reader.u32();
      if (count < 1 || count > MAX_BANKS) {
        throw new TpmFormatError('malformed', 'event log: number of banks', { got: count, want: MAX_BANKS });
      }
      const banks = Array.from({ length: count }, () => {
        const bank = readHash(reader);
        const length = reader.u16();
        if (length !== hashLength(bank)) {
          throw new TpmFormatError('malformed', `event log: digest length of ${bank}`, {
            got: length,
            want: hashLength(bank),
          });
        }
        return bank;
      });
      if (new Set(banks).size !== banks.length) {
        throw new TpmFormatError('malformed', 'event log: a bank is named twice', { got: banks });
      }
      reader.bytes(reader.u8()); // vendorInfo
      return banks;
    },
    'little',
  );
}

/** TCG_PCR_EVENT2, §10.2.2: exactly one digest a bank of the header. */
function readEvent2(reader: Reader, banks: readonly TpmHashName[]): TpmEvent {
  const pcr = readPcr(reader);
  const type = reader.u32();
  const count = reader.u32();
  if (count !== banks.length) {
    throw new TpmFormatError('malformed', 'event log: number of digests of an event', {
      got: count,
      want: banks.length,
    });
  }
  const digests = new Map<TpmHashName, Bytes>();
  for (let i = 0; i < count; i++) {
    const bank = readHash(reader);
    if (!banks.includes(bank) || digests.has(bank)) {
      throw new TpmFormatError('malformed', 'event log: bank of a digest', { got: bank, want: banks });
    }
    digests.set(bank, reader.bytes(hashLength(bank)));
  }
  return { pcr, type, digests, data: reader.sized32(MAX_DATA) };
}

function readEvents(reader: Reader, readOne: () => TpmEvent, first: readonly TpmEvent[]): TpmEvent[] {
  const events = [...first];
  while (reader.remaining > 0) {
    if (events.length >= MAX_EVENTS) {
      throw new TpmFormatError('too-large', 'event log: number of events', { want: MAX_EVENTS });
    }
    events.push(readOne());
  }
  return events;
}

/**
 * Parses a crypto-agile log (a Spec ID Event03 header, then TCG_PCR_EVENT2) or an old one of TCG_PCR_EVENT with SHA-1
 * digests. Little-endian. At most 1 MiB and 8192 events; no trailing bytes.
 * Source: TCG PC Client Platform Firmware Profile 1.06 §10.
 * @throws TpmFormatError
 */
export function parseEventLog(bytes: Uint8Array): TpmEventLog {
  if (bytes.length > MAX_LOG) {
    throw new TpmFormatError('too-large', 'event log: bytes', { got: bytes.length, want: MAX_LOG });
  }
  return readStructure(
    'event log',
    bytes,
    (reader): TpmEventLog => {
      const header = readSha1Event(reader);
      const isSpecId =
        header.type === EVENT_TYPE.EV_NO_ACTION &&
        equalBytes(header.data.subarray(0, SPEC_ID.length), SPEC_ID);
      if (!isSpecId) {
        const events = readEvents(reader, () => readSha1Event(reader), [header]);
        return { format: 'sha1', banks: ['sha1'], events };
      }
      const banks = readSpecId(header.data);
      return {
        format: 'crypto-agile',
        banks,
        events: readEvents(reader, () => readEvent2(reader, banks), []),
      };
    },
    'little',
  );
}
