import type { Name } from '@asterism/x509';

/** How dates and serials are written in `claims`. */

/** `2025-07-17T17:04:46Z`: certificates count in seconds. */
export function toSecondsText(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The same instant with its offset, `2025-07-17T17:04:46+00:00`. */
export function toOffsetText(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, '+00:00');
}

/** Serial number in hexadecimal without leading zeros. */
export function toSerialText(serial: string): string {
  return serial.replace(/^0+(?=.)/, '');
}

/** Most specific attribute first, as RFC 4514 writes names: `CN=…,O=…,C=US`. */
export function toNameText({ attributes }: Name): string {
  return [...attributes]
    .reverse()
    .map(({ oid, value }) => `${SHORT_NAMES[oid] ?? oid}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`)
    .join(',');
}

/** RFC 4514 §3. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
};
