import { ATTESTATION_KEY_ATTRIBUTES } from '../quote/attestation-key.ts';
import { equalBytes, toHex } from '@asterism/bytes';
import { TpmNotGenuineError } from '../errors.ts';
import { toObjectAttributes } from '../structures/attributes.ts';
import type { RsaPublic, TpmtPublic } from '../structures/public-area.ts';
import { toSpki } from '../structures/spki.ts';
import type { HclKey } from './runtime-data.ts';

/**
 * The public area of a vTPM's attestation key. The runtime data gives the bare key; the rest is the template that the
 * paravisor makes it from (microsoft/openvmm, tpm_lib::ak_pub_template), and a quote's `qualifiedSigner` proves it: the
 * key is a primary key of the endorsement hierarchy, so that name is made of this area and nothing else.
 */
export function toHclAkPublic({ modulus, exponent }: HclKey): RsaPublic {
  return {
    type: 'rsa',
    nameAlg: 'sha256',
    attributes: toObjectAttributes([...ATTESTATION_KEY_ATTRIBUTES, 'userWithAuth', 'noDa']),
    authPolicy: new Uint8Array(),
    symmetric: null,
    scheme: { scheme: 'rsassa', hash: 'sha256' },
    keyBits: 8 * modulus.length,
    exponent: exponent === DEFAULT_EXPONENT ? 0 : exponent,
    modulus,
  };
}

const DEFAULT_EXPONENT = 65537;

/**
 * The key that quotes is the runtime data's HCLAkPub.
 * @throws TpmNotGenuineError `ak-mismatch`; TpmFormatError on a public area without a public key.
 */
export function verifyHclAttestationKey(akPublic: TpmtPublic, key: HclKey): void {
  const [got, want] = [toSpki(akPublic), toSpki(toHclAkPublic(key))];
  if (!equalBytes(got, want)) {
    throw new TpmNotGenuineError('ak-mismatch', 'attestation key is not the HCLAkPub of the runtime data', {
      got: toHex(got),
      want: toHex(want),
    });
  }
}
