import type { Bytes } from '@asterism/bytes';
import { hasNv, readNv } from './nv.ts';
import type { Tpm } from './tpm.ts';

const SEQUENCE = 0x30;
const LONG_LENGTH_2 = 0x82;

/** The certificates at the start of the bytes, by their outer DER length; what follows them is padding. */
export function splitCertificates(bytes: Bytes): Bytes[] {
  const found: Bytes[] = [];
  let at = 0;
  while (bytes[at] === SEQUENCE && bytes[at + 1] === LONG_LENGTH_2) {
    const end = at + 4 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
    if (end > bytes.length) break;
    found.push(new Uint8Array(bytes.subarray(at, end)));
    at = end;
  }
  return found;
}

/** The certificates of an NV index, DER; none where the index is not defined. Not verified in any way. */
export function readNvCertificates(tpm: Tpm, index: number): Promise<Bytes[]> {
  return tpm.exclusive(async () =>
    (await hasNv(tpm, index)) ? splitCertificates(await readNv(tpm, index)) : [],
  );
}
