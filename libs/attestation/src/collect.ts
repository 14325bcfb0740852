import { toBase64url } from '@asterism/bytes';
import type { EvidenceRequest, TpmEvidence } from '@asterism/contracts';
import { quote, type AttestationKey, type Tpm } from '@asterism/tpm';
import { EvidenceUndecidedError } from './errors.ts';

export interface CollectOrder {
  /** Exactly this bank and these PCRs are quoted. */
  readonly request: EvidenceRequest;
  /** 32 bytes, the quote's qualifying data. */
  readonly binding: Uint8Array;
}

/** What goes with the quote so that a verifier can explain it. */
export interface EvidenceExtras {
  /** TCG log of the boot; null where there is none. */
  readonly eventLog: Uint8Array | null;
  /** EK certificate first, then its issuers up to the root, DER. */
  readonly ekCertificates: readonly Uint8Array[];
}

/** The other end of `parseEvidence`: evidence of variant `tpm` by the TPM of this machine. */
export async function collectTpmEvidence(
  tpm: Tpm,
  ak: AttestationKey,
  order: CollectOrder,
  extras: EvidenceExtras,
): Promise<TpmEvidence> {
  const { request } = order;
  if (request.variant !== 'tpm') {
    throw new EvidenceUndecidedError('variant-unsupported', 'a TPM alone has no evidence of the variant', {
      got: request.variant,
      want: 'tpm',
    });
  }
  const { bank, pcrs } = request;
  const quoted = await quote(tpm, ak, order.binding, { bank, pcrs });
  const { eventLog, ekCertificates } = extras;
  return {
    variant: 'tpm',
    format: 'asterism/evidence/v1',
    parts: {
      quote: toBase64url(quoted.quote),
      signature: toBase64url(quoted.signature),
      akPublic: toBase64url(ak.publicArea),
      pcrs: Object.fromEntries([...quoted.pcrs].map(([pcr, value]) => [String(pcr), toBase64url(value)])),
      ...(eventLog === null ? {} : { eventLog: toBase64url(eventLog) }),
      ...(ekCertificates.length === 0 ? {} : { ekCertificates: ekCertificates.map(toBase64url) }),
    },
  };
}
