import type { Bytes } from '@asterism/bytes';
import type { CborValue } from './cbor/cbor.ts';
import { encodeCbor } from './cbor/encode-cbor.ts';
import { PCR_FIELD, type NitroDocument } from './nitro-document.ts';

/**
 * The payload as AWS writes it: fields in this order, absent ones as null; an enclave's map has a definite length, a
 * NitroTPM's an indefinite one. The counterpart of `parseNitroDocument` on genuine documents, byte for byte.
 */
export function encodeNitroDocument(document: NitroDocument): Bytes {
  const fields = new Map<string, CborValue>([
    ['module_id', document.moduleId],
    ['digest', document.digest],
    ['timestamp', document.timestamp],
    [PCR_FIELD[document.kind], document.pcrs],
    ['certificate', document.certificate],
    ['cabundle', document.cabundle],
    ['public_key', document.publicKey],
    ['user_data', document.userData],
    ['nonce', document.nonce],
  ]);
  return encodeCbor(fields, document.kind === 'enclave' ? 'definite' : 'indefinite');
}
