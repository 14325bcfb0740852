import { Reader, toHex } from '@asterism/bytes';
import type { TpmEvent } from './event-log.ts';
import { EVENT_TYPE } from './event-types.ts';

const MAX_TEXT = 200;
const VARIABLE_TYPES: readonly number[] = [
  EVENT_TYPE.EV_EFI_VARIABLE_DRIVER_CONFIG,
  EVENT_TYPE.EV_EFI_VARIABLE_BOOT,
  EVENT_TYPE.EV_EFI_VARIABLE_BOOT2,
  EVENT_TYPE.EV_EFI_VARIABLE_AUTHORITY,
];
const GUID_LENGTH = 16;

function isPrintable(text: string): boolean {
  return text.length > 0 && /^[\p{L}\p{N}\p{P}\p{S}\p{Zs}]*$/u.test(text);
}

/** By hand: `/\0+$/` takes time in the square of the length, and the log is the sender's. */
function trimNul(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

function decoded(encoding: 'utf-8' | 'utf-16le', bytes: Uint8Array): string | null {
  try {
    const text = trimNul(new TextDecoder(encoding, { fatal: true }).decode(bytes));
    return isPrintable(text) ? text : null;
  } catch {
    return null;
  }
}

/** UEFI_VARIABLE_DATA, Platform Firmware Profile §10.2.6: vendor GUID, lengths, then the name in UTF-16. */
function variableName(data: Uint8Array): string | null {
  try {
    const reader = new Reader(data, 'little');
    reader.bytes(GUID_LENGTH);
    const length = reader.u64();
    reader.u64();
    return length > BigInt(MAX_TEXT) ? null : decoded('utf-16le', reader.bytes(2 * Number(length)));
  } catch {
    return null;
  }
}

/**
 * Readable part of an event's data, at most 200 characters, for people only: the text itself, the name of a UEFI
 * variable, else the first bytes in hexadecimal. Control characters never come through.
 */
export function describeEvent(event: TpmEvent): string {
  const { data, type } = event;
  if (data.length === 0) return '';
  const text = VARIABLE_TYPES.includes(type)
    ? variableName(data)
    : (decoded('utf-8', data) ?? (data.length % 2 === 0 ? decoded('utf-16le', data) : null));
  // The cut may halve a surrogate pair, which no JSON can carry.
  if (text !== null) return text.slice(0, MAX_TEXT).toWellFormed();
  return data.length <= 32 ? toHex(data) : `${toHex(data.subarray(0, 32))}…`;
}
