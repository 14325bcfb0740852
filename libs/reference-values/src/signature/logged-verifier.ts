import { equalBytes } from '@asterism/bytes';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { SignedFileError } from '../errors.ts';

/** Bodies of Rekor 1 (`hashedrekord` 0.0.1) and Rekor 2 (0.0.2), as far as they name who signed. */
interface LoggedBody {
  readonly spec?: {
    readonly signature?: { readonly publicKey?: { readonly content?: string } };
    readonly hashedRekordV002?: {
      readonly signature?: {
        readonly verifier?: {
          readonly x509Certificate?: { readonly rawBytes?: string };
          readonly publicKey?: { readonly rawBytes?: string };
        };
      };
    };
  };
}

/**
 * An entry must name the certificate or key that signed: whoever watches the log for signatures of his own looks for it.
 * The library compares signature and digest only, and for a signature another key that verifies it can be made.
 * @throws SignedFileError `log-entry-refused`
 */
export function requireLoggedVerifier(entries: readonly TransparencyLogEntry[], der: Uint8Array): void {
  for (const { canonicalizedBody } of entries) {
    const logged = verifierOf(JSON.parse(canonicalizedBody.toString('utf8')) as LoggedBody);
    if (logged === null || !equalBytes(logged, der)) {
      throw new SignedFileError('log-entry-refused', 'the log entry names another certificate or key');
    }
  }
}

function verifierOf({ spec }: LoggedBody): Uint8Array | null {
  const pem = spec?.signature?.publicKey?.content;
  if (pem !== undefined) {
    const body = Buffer.from(pem, 'base64')
      .toString('latin1')
      .replace(/-----[A-Z ]+-----/g, '');
    return Buffer.from(body, 'base64');
  }
  const verifier = spec?.hashedRekordV002?.signature?.verifier;
  const raw = verifier?.x509Certificate?.rawBytes ?? verifier?.publicKey?.rawBytes;
  return raw === undefined ? null : Buffer.from(raw, 'base64');
}
