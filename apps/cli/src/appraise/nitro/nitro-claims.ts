import { toHex, type Bytes } from '@asterism/bytes';
import { decodeCbor, type NitroDocument, type ParsedNitroDocument } from '@asterism/tpm';
import { parseCertificate, X509Error, type Certificate } from '@asterism/x509';
import { toOffsetText } from '../claim-text.ts';

/** Every field of a document under the names of the contract. */
export function toNitroClaims({ document, sign1 }: ParsedNitroDocument): Record<string, unknown> {
  const { kind, moduleId, digest, timestamp, pcrs, cabundle } = document;
  return {
    moduleId,
    digest,
    timestamp,
    timestampIso: toMicrosecondsText(timestamp),
    pcrKey: kind === 'enclave' ? 'pcrs' : 'nitrotpm_pcrs',
    pcrs: Object.fromEntries([...pcrs].map(([pcr, value]) => [pcr, toHex(value)])),
    publicKey: toHexOrNull(document.publicKey),
    userData: toHexOrNull(document.userData),
    nonce: toHexOrNull(document.nonce),
    ...validityClaims(document),
    cabundleLen: cabundle.length,
    protectedHex: toHex(sign1.protectedHeader),
    cborTag: sign1.tagged ? 18 : null,
    docKeys: keysOf(sign1.payload),
  };
}

/** Dates of the certificates; left out where one cannot be read, which the verification tells. */
function validityClaims({ certificate, cabundle }: NitroDocument): Record<string, unknown> {
  const leaf = certificateOf(certificate);
  const chain = [leaf, ...cabundle.map(certificateOf)].filter((one) => one !== null);
  if (leaf === null || chain.length !== cabundle.length + 1) return {};
  const from = Math.max(...chain.map(({ notBefore }) => notBefore.getTime()));
  const until = Math.min(...chain.map(({ notAfter }) => notAfter.getTime()));
  return {
    leafNotBefore: toOffsetText(leaf.notBefore),
    leafNotAfter: toOffsetText(leaf.notAfter),
    chainValid: [toOffsetText(new Date(from)), toOffsetText(new Date(until))],
  };
}

function certificateOf(der: Bytes): Certificate | null {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof X509Error) return null;
    throw error;
  }
}

/** Names of the document's fields in its own order. */
function keysOf(payload: Bytes): string[] {
  const fields = decodeCbor(payload);
  return fields instanceof Map ? [...fields.keys()].map(String) : [];
}

function toHexOrNull(bytes: Bytes | null): string | null {
  return bytes === null ? null : toHex(bytes);
}

/** `2026-02-03T10:12:02.437000+00:00`. */
function toMicrosecondsText(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString().replace('Z', '000+00:00');
}
