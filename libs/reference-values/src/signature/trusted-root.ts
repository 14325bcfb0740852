import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import { SignedFileInputError } from '../errors.ts';

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.1|\.v0\.[12]\+json)$/;

export interface Trust {
  readonly material: TrustMaterial;
  /** Certificates must be in a certificate log where the root names one; an instance of one's own may have none. */
  readonly certificateLogs: boolean;
}

/**
 * Reads a Sigstore trusted root: the authorities, logs and timestamp authorities of one instance. It is the anchor, so it
 * must come from where the caller trusts; nothing is fetched.
 * @throws SignedFileInputError `trusted-root-malformed`
 */
export function parseTrustedRoot(text: string): Trust {
  try {
    const json: unknown = JSON.parse(text);
    if (!MEDIA_TYPE.test(String((json as { mediaType?: unknown } | null)?.mediaType))) {
      throw new SignedFileInputError('trusted-root-malformed', 'not a Sigstore trusted root');
    }
    const root = TrustedRoot.fromJSON(json);
    // The library takes a key without a beginning as one that was valid always.
    for (const { baseUrl, publicKey } of [...root.tlogs, ...root.ctlogs]) {
      if (publicKey?.validFor?.start !== undefined) continue;
      throw new SignedFileInputError('trusted-root-malformed', `the key of ${baseUrl} has no beginning`);
    }
    return { material: toTrustMaterial(root), certificateLogs: root.ctlogs.length > 0 };
  } catch (cause) {
    if (cause instanceof SignedFileInputError) throw cause;
    throw new SignedFileInputError('trusted-root-malformed', 'the trusted root cannot be read', { cause });
  }
}
