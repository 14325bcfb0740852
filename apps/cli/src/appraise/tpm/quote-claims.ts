import { toHex, type Bytes } from '@asterism/bytes';
import { toTpmName, type PcrBank, type TpmsAttest, type TpmtPublic, type TpmtSignature } from '@asterism/tpm';

/** Every field of a TPMS_ATTEST under the names of the contract. */
export function toAttestClaims(attest: TpmsAttest): Record<string, unknown> {
  const { clockInfo, attested } = attest;
  return {
    magic: attest.magic.toString(16).padStart(8, '0'),
    type: attested.type === 'quote' ? '8018' : '8017',
    qualifiedSigner: toHex(attest.qualifiedSigner),
    extraData: toHex(attest.extraData),
    clock: Number(clockInfo.clock),
    resetCount: clockInfo.resetCount,
    restartCount: clockInfo.restartCount,
    safe: clockInfo.safe ? 1 : 0,
    firmwareVersion: attest.firmwareVersion.toString(16).padStart(16, '0'),
    ...(attested.type === 'quote'
      ? {
          pcrSelection: Object.fromEntries(attested.pcrSelections.map(({ bank, pcrs }) => [bank, pcrs])),
          pcrDigest: toHex(attested.pcrDigest),
        }
      : {}),
    // `decodeAttest` takes nothing behind the structure.
    trailing: 0,
  };
}

export function toPcrClaims(bank: PcrBank, pcrs: ReadonlyMap<number, Bytes>): Record<string, unknown> {
  return { [bank]: Object.fromEntries([...pcrs].map(([pcr, value]) => [pcr, toHex(value)])) };
}

export function toSignatureClaim({ scheme, hash }: TpmtSignature): Record<string, unknown> {
  return { scheme, hash };
}

/** The public numbers of the attestation key. */
export function toKeyClaim(area: TpmtPublic): Record<string, unknown> {
  if (area.type === 'ecc') return { curve: area.curve, x: toHex(area.x), y: toHex(area.y) };
  if (area.type === 'rsa') return { modulus: toHex(area.modulus), exponent: area.exponent || 65_537 };
  return {};
}

/** Name of the key; null under SHA-1, which is refused elsewhere. */
export async function toNameClaim(area: TpmtPublic): Promise<string | null> {
  return area.nameAlg === 'sha1' ? null : toHex(await toTpmName(area));
}
