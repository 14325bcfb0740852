import { X509Error } from '../errors.ts';
import { TAG } from './tag.ts';

const UTC_TIME = /^\d{12}Z$/;
const GENERALIZED_TIME = /^\d{14}Z$/;

/**
 * UTCTime or GeneralizedTime in the one form RFC 5280 §4.1.2.5 allows: seconds present, `Z`, no fraction, and
 * UTCTime through 2049. The calendar is checked: 30 February does not roll over.
 * @throws X509Error `der-value`
 */
export function decodeTime(tag: number, content: Uint8Array): Date {
  const text = String.fromCharCode(...content.subarray(0, 16));
  if (tag === TAG.utcTime && content.length === 13 && UTC_TIME.test(text)) {
    const year = Number(text.slice(0, 2));
    return instant((year >= 50 ? 1900 : 2000) + year, text.slice(2));
  }
  if (tag === TAG.generalizedTime && content.length === 15 && GENERALIZED_TIME.test(text)) {
    const year = Number(text.slice(0, 4));
    if (year >= 1950 && year < 2050) {
      throw new X509Error('der-value', 'years 1950 to 2049 are written as UTCTime', { got: text });
    }
    return instant(year, text.slice(4));
  }
  throw new X509Error('der-value', 'not a time in the form of RFC 5280', { got: text });
}

/** Whole seconds; the type follows from the year. @throws X509Error `argument-invalid` outside 1950 to 9999. */
export function encodeTime(time: Date): { readonly tag: number; readonly text: string } {
  const year = time.getUTCFullYear();
  if (!(year >= 1950 && year <= 9999))
    throw new X509Error('argument-invalid', 'time is out of range', { got: time });
  const digits = time.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return year < 2050
    ? { tag: TAG.utcTime, text: `${digits.slice(2)}Z` }
    : { tag: TAG.generalizedTime, text: `${digits}Z` };
}

function instant(year: number, rest: string): Date {
  const [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map((at) => Number(rest.slice(at, at + 2)));
  const time = new Date(0);
  time.setUTCFullYear(year, (month ?? 0) - 1, day);
  time.setUTCHours(hour ?? 0, minute ?? 0, second ?? 0, 0);
  const same =
    time.getUTCFullYear() === year &&
    time.getUTCMonth() + 1 === month &&
    time.getUTCDate() === day &&
    time.getUTCHours() === hour &&
    time.getUTCMinutes() === minute &&
    time.getUTCSeconds() === second;
  if (!same) throw new X509Error('der-value', 'no such date', { got: `${year}${rest}` });
  return time;
}
