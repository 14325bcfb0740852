import type { Bytes } from '@asterism/bytes';
import { defineNv, NV_ATTRIBUTE, nvReadPublic, readNv, undefineNv, writeNv } from './nv.ts';
import { EMPTY_PASSWORD } from './session.ts';
import type { Tpm } from './tpm.ts';

/** TCG Registry of Reserved TPM 2.0 Handles §2.2.1: the first index that the owner may give away. */
const FIRST_OWNER_INDEX = 0x0180_0000;
/** The answer replaces the question in the index; a document is about 5 KiB. */
const BUFFER = 8192;

/**
 * Sends a request to the Nitro Security Module behind a NitroTPM: TPM2_VENDOR_AWS_NSM_REQUEST of an NV index that holds
 * the request and then the response (aws/NitroTPM-Tools, `nitro-tpm-attest`). The index goes again whatever happens. Its
 * auth value is empty: what crosses it is no secret, and the response is signed. The kernel's resource manager knows no
 * vendor commands: open `/dev/tpm0`.
 * @param request CBOR
 * @returns CBOR; what follows it in the index is padding
 * @throws TpmCommandError `command-failed` on a TPM that is no NitroTPM
 */
export function nsmRequest(tpm: Tpm, request: Uint8Array): Promise<Bytes> {
  return tpm.exclusive(async () => {
    const index = await freeIndex(tpm);
    await defineNv(tpm, { index, size: BUFFER, attributes: NV_ATTRIBUTE.authRead | NV_ATTRIBUTE.authWrite });
    try {
      await writeNv(tpm, index, request);
      const buffer = await nvReadPublic(tpm, index);
      const command = {
        name: 'NsmRequest',
        handles: [buffer, buffer],
        authorizations: [EMPTY_PASSWORD],
      } as const;
      await tpm.run(command, (reader) => void reader.rest());
      return await readNv(tpm, index);
    } finally {
      await undefineNv(tpm, index);
    }
  });
}

async function freeIndex(tpm: Tpm): Promise<number> {
  const taken = new Set(await tpm.listHandles(FIRST_OWNER_INDEX));
  let index = FIRST_OWNER_INDEX;
  while (taken.has(index)) index += 1;
  return index;
}
