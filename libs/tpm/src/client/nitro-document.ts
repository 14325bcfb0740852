import { utf8, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import { encodeCbor } from '../nitro/cbor/encode-cbor.ts';
import { TpmCommandError } from './command-error.ts';
import { nsmRequest } from './nsm-request.ts';
import type { Tpm } from './tpm.ts';

/** Bound of a document, as `parseNitroDocument` has it. */
const MAX_DOCUMENT = 16 * 1024;

/** What comes before a document's length: `{"Attestation": {"document": h'…'}}`, whose string is always over 255 bytes. */
const ANSWER = Uint8Array.of(0xa1, 0x6b, ...utf8('Attestation'), 0xa1, 0x68, ...utf8('document'), 0x59);
/** `{"Error": "…"}` with less than 24 characters. */
const ERROR = Uint8Array.of(0xa1, 0x65, ...utf8('Error'));

/**
 * An attestation document of a NitroTPM (aws-nitro-enclaves-nsm-api, `Request::Attestation`), not verified.
 * @param nonce 512 bytes at most
 * @throws TpmCommandError `command-failed` also where the Nitro Security Module refuses
 */
export async function requestNitroDocument(tpm: Tpm, nonce: Uint8Array): Promise<Bytes> {
  const fields = new Map([
    ['user_data', null],
    ['nonce', new Uint8Array(nonce)],
    ['public_key', null],
  ]);
  const answer = await nsmRequest(tpm, encodeCbor(new Map([['Attestation', fields]])));
  if (startsWith(answer, ANSWER)) return readBehind(ANSWER, answer, (reader) => reader.sized16(MAX_DOCUMENT));
  if (startsWith(answer, ERROR)) {
    const reason = readBehind(ERROR, answer, (reader) => reader.text(reader.u8() & 0x1f));
    throw new TpmCommandError('command-failed', `the Nitro Security Module refused: ${reason}`, {
      got: reason,
    });
  }
  throw new TpmFormatError(
    'malformed',
    'answer of the Nitro Security Module is neither a document nor an error',
  );
}

/** Not CBOR as a whole: what was in the index before follows. */
function readBehind<T>(start: Bytes, answer: Bytes, read: (reader: Reader) => T): T {
  return readStructure('answer of the Nitro Security Module', answer.subarray(start.length), (reader) => {
    const value = read(reader);
    reader.rest();
    return value;
  });
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}
