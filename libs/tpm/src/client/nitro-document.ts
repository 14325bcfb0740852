import { fromUtf8, utf8, type Bytes } from '@asterism/bytes';
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
  // Not CBOR as a whole: whatever was in the index before follows.
  if (startsWith(answer, ANSWER)) {
    return readStructure('answer of the NSM', answer.subarray(ANSWER.length), (reader) => {
      const document = reader.sized16(MAX_DOCUMENT);
      reader.rest();
      return document;
    });
  }
  if (startsWith(answer, ERROR)) {
    const reason = fromUtf8(
      answer.slice(ERROR.length + 1, ERROR.length + 1 + ((answer[ERROR.length] ?? 0) & 0x1f)),
    );
    throw new TpmCommandError('command-failed', `the Nitro Security Module refused: ${reason}`, {
      got: reason,
    });
  }
  throw new TpmFormatError(
    'malformed',
    'answer of the Nitro Security Module is neither a document nor an error',
  );
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}
