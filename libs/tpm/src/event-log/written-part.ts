import type { Bytes, Reader } from '@asterism/bytes';
import { readStructure } from '../errors.ts';
import { hashLength, readHash } from '../structures/algorithms.ts';

/** What stands where an event would begin: memory that the firmware never wrote. */
const ERASED = 0xffff_ffff;
const SHA1_BYTES = 20;

/**
 * The log at the start of an area of fixed length, as firmware hands out its CC event log (ACPI CCEL table, UEFI 2.10
 * §38.4.1): what follows the last event is 0xff or zero. Judges nothing else: that is `parseEventLog`'s.
 * @throws TpmFormatError `malformed` where an event runs out of the area
 */
export function writtenEventLog(area: Uint8Array): Bytes {
  return readStructure(
    'event log area',
    area,
    (reader) => {
      reader.bytes(8 + SHA1_BYTES); // the header: TCG_PCR_EVENT
      reader.bytes(reader.u32());
      let end = reader.offset;
      while (skipEvent(reader)) end = reader.offset;
      reader.rest();
      return new Uint8Array(area.subarray(0, end));
    },
    'little',
  );
}

/** TCG_PCR_EVENT2; false where none begins. */
function skipEvent(reader: Reader): boolean {
  if (reader.remaining < 12) return false;
  const [pcr, type, digests] = [reader.u32(), reader.u32(), reader.u32()];
  if (pcr === ERASED || (pcr === 0 && type === 0 && digests === 0)) return false;
  for (let i = 0; i < digests; i++) reader.bytes(hashLength(readHash(reader)));
  reader.bytes(reader.u32());
  return true;
}
