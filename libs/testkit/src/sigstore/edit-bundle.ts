/** A bundle as it lies in a file, as far as tests change it. */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    publicKey?: { hint: string };
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
    tlogEntries: [
      {
        integratedTime: string;
        canonicalizedBody: string;
        inclusionPromise?: { signedEntryTimestamp: string };
        inclusionProof: { logIndex: string; checkpoint: { envelope: string } };
      },
    ];
  };
  messageSignature?: { messageDigest: { algorithm: string; digest: string }; signature: string };
}

export function editBundle(text: string, edit: (json: BundleJson) => void): string {
  const json = JSON.parse(text) as BundleJson;
  edit(json);
  return JSON.stringify(json);
}

/** Base64 whose last byte has one bit flipped. */
export function flipLast(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('base64');
}
