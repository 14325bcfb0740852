import { concat, utf8, type Bytes } from '@asterism/bytes';
import {
  LargeNv,
  mintNitroDocument,
  softwareTpms,
  type NsmAnswer,
  type SoftwareTpms,
} from '@asterism/testkit';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCborMap } from '../nitro/cbor/cbor.ts';
import { decodeCbor } from '../nitro/cbor/decode-cbor.ts';
import { encodeCbor } from '../nitro/cbor/encode-cbor.ts';
import { parseNitroDocument } from '../nitro/parse-nitro-document.ts';
import { requestNitroDocument } from './nitro-document.ts';
import { Tpm } from './tpm.ts';

const NONCE = new Uint8Array(32).fill(0x21);

let tpms: SoftwareTpms;
let socket: string;
beforeAll(async () => {
  tpms = await softwareTpms();
  socket = (await tpms.start('a')).dataSocket;
});
afterAll(() => tpms.remove());

/** Asks a TPM whose Nitro Security Module answers so. */
async function ask(nsm: NsmAnswer | null, nonce = NONCE): Promise<Bytes> {
  const tpm = new Tpm(new LargeNv(await openTpmUnixSocket(socket), nsm));
  try {
    return await requestNitroDocument(tpm, nonce);
  } finally {
    expect(await tpm.listHandles(0x0180_0000)).not.toContain(0x0180_0000);
    await tpm.close();
  }
}

/** The request at the start of the buffer; behind it is what was never written. */
function nonceOf(buffer: Bytes): Bytes {
  const request = decodeCbor(buffer.subarray(0, buffer.lastIndexOf(0xf6) + 1));
  const fields = isCborMap(request) ? request.get('Attestation') : undefined;
  const nonce = isCborMap(fields) ? fields.get('nonce') : undefined;
  expect(isCborMap(fields) && [fields.get('user_data'), fields.get('public_key')]).toEqual([null, null]);
  return nonce as Bytes;
}

describe('requestNitroDocument', () => {
  it('gives the document over our nonce, and takes its buffer away again', async () => {
    const document = await ask(async (buffer) => {
      const nonce = nonceOf(buffer);
      const { bytes } = await mintNitroDocument({ document: () => ({ nonce }) });
      return encodeCbor(new Map([['Attestation', new Map([['document', bytes]])]]));
    });
    expect(parseNitroDocument(document).document.nonce).toEqual(NONCE);
  });

  it('says why the module refuses', async () => {
    const refused = ask(() => encodeCbor(new Map([['Error', 'InputTooLarge']])));
    await expect(refused).rejects.toMatchObject({ code: 'command-failed', got: 'InputTooLarge' });
  });

  it.each<[string, Bytes]>([
    ['something else', encodeCbor(new Map([['DescribeNSM', new Map()]]))],
    ['no CBOR', new Uint8Array(100)],
    [
      'a document longer than the buffer',
      concat(
        encodeCbor(new Map([['Attestation', 1]])).slice(0, -1),
        Uint8Array.of(0xa1, 0x68),
        utf8('document'),
        Uint8Array.of(0x59, 0x30, 0),
      ),
    ],
  ])('refuses %s for an answer', async (_, answer) => {
    await expect(ask(() => answer)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('is refused by a TPM that is no NitroTPM', async () => {
    await expect(ask(null)).rejects.toMatchObject({ code: 'command-failed' });
  });
});
