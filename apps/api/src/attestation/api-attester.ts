import { collectEvidence } from '@asterism/attestation';
import { sha256, toHex } from '@asterism/bytes';
import { toSpki, type Tpm } from '@asterism/tpm';
import { openAttestationKey } from '@asterism/tpm-device';
import { readFile } from 'node:fs/promises';
import type { ApiIdentity } from './api-identity.ts';

export interface ApiAttesterOptions {
  /** Of the API's own machine; its commands are queued, so other users of it may go on. */
  readonly tpm: Tpm;
  /** Where the blobs of the attestation key are. */
  readonly keyFile: string;
  /** TCG log of the API's boot; none where there is no path. */
  readonly eventLog: string | undefined;
}

export interface ApiAttester {
  readonly tpm: NonNullable<ApiIdentity['tpm']>;
  /** SHA-256 of the attestation key's SubjectPublicKeyInfo, hexadecimal: what nodes pin. */
  readonly attestationKeySpki: string;
}

/** Opens the machine of the API as one that can be attested: nodes ask it for evidence of role `server`. */
export async function openApiAttester({ tpm, keyFile, eventLog }: ApiAttesterOptions): Promise<ApiAttester> {
  const { key } = await openAttestationKey(tpm, keyFile);
  const log = eventLog === undefined ? null : new Uint8Array(await readFile(eventLog));
  return {
    tpm: {
      collect: (order) =>
        collectEvidence({ variant: 'tpm', tpm, ak: key, eventLog: log, ekCertificates: [] }, order),
    },
    attestationKeySpki: toHex(await sha256(toSpki(key.public))),
  };
}
