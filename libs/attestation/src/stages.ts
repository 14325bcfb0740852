import type { Bytes } from '@asterism/bytes';
import type {
  AppraisalResult,
  PolicyDocument,
  QuoteRequest,
  TrustAnchor,
  Variant,
} from '@asterism/contracts';
import type { ParsedTpmQuote, TpmEventLog } from '@asterism/tpm';
import type { Certificate } from '@asterism/x509';

declare const STAGE: unique symbol;
type Stage<Name extends string> = { readonly [STAGE]: Name };
/** A stage's document before the stage has vouched for it. */
export type Unmarked<Document> = Omit<Document, typeof STAGE>;

/** Stage 1. Structure only: nothing in it is trusted. Made by `parseEvidence`. */
export interface ParsedTpmEvidence extends Stage<'parsed'> {
  readonly variant: 'tpm';
  readonly quote: ParsedTpmQuote;
  /** TPMT_PUBLIC, as it came. */
  readonly akPublic: Bytes;
  readonly eventLog: TpmEventLog | null;
  /** EK certificate first; empty where none came. */
  readonly ekCertificates: readonly Certificate[];
  /** AK certificate first; empty where none came. */
  readonly akCertificates: readonly Certificate[];
}
/** Variants whose parts are bounded and decoded, but which this build cannot verify. */
export interface ParsedOtherEvidence extends Stage<'parsed'> {
  readonly variant: Exclude<Variant, 'tpm'>;
  readonly parts: Readonly<Record<string, unknown>>;
}
export type ParsedEvidence = ParsedTpmEvidence | ParsedOtherEvidence;

/** Proof that this attestation key lives in the TPM of this endorsement key. Made by `confirmActivation` or `activatedFromRecord`. */
export interface ActivatedKey extends Stage<'activated'> {
  /** SHA-256 of the AK's TPMT_PUBLIC, hexadecimal. */
  readonly akPublicSha256: string;
  /** SHA-256 of the EK's SubjectPublicKeyInfo, hexadecimal: the machine identity. */
  readonly identity: string;
}

/** Outcome of a certificate chain in the evidence; a fact for `appraise`, not yet a verdict. */
export type CertificateFact =
  | { readonly kind: 'absent' }
  | { readonly kind: 'not-checked'; readonly spkiSha256: string }
  | { readonly kind: 'trusted'; readonly anchor: TrustAnchor; readonly spkiSha256: string }
  | { readonly kind: 'untrusted'; readonly code: string; readonly reason: string }
  | { readonly kind: 'undecided'; readonly code: string; readonly reason: string };

export interface LoggedEvent {
  readonly pcr: number;
  /** Name of the TCG event type, such as `EV_EFI_BOOT_SERVICES_APPLICATION`. */
  readonly type: string;
  /** Digest in the quoted bank, hexadecimal. */
  readonly digest: string;
  /** Printable part of the event's data; empty where it has none. */
  readonly description: string;
}

/** Stage 2. Genuine: signed over the caller's binding, consistent in itself. Made by `verifyEvidence` only. */
export interface VerifiedTpmEvidence extends Stage<'verified'> {
  readonly variant: 'tpm';
  readonly bank: QuoteRequest['bank'];
  /** Exactly the requested PCRs, recomputed into the signed digest. */
  readonly pcrs: ReadonlyMap<number, Bytes>;
  /** `${resetCount}.${restartCount}` of the quote. */
  readonly bootIdentity: string;
  readonly clock: { readonly milliseconds: bigint; readonly safe: boolean };
  readonly firmwareVersion: bigint;
  /** SHA-256 of the AK's TPMT_PUBLIC, hexadecimal. */
  readonly akPublicSha256: string;
  /** SHA-256 of the AK's SubjectPublicKeyInfo, hexadecimal. */
  readonly akSpkiSha256: string;
  readonly activated: ActivatedKey | null;
  /** Machine identity: proved by activation, else null. */
  readonly identity: string | null;
  readonly endorsementCertificate: CertificateFact;
  readonly attestationCertificate: CertificateFact;
  /** Events whose replay gives the quoted values; null where no log came. */
  readonly events: readonly LoggedEvent[] | null;
}
export type VerifiedEvidence = VerifiedTpmEvidence;

export type LockState = 'open' | 'locked' | 'foreign';

/** Stage 3. Made by `appraise` only. `result` is the document that contracts, API and console share. */
export interface Appraisal extends Stage<'appraised'> {
  readonly result: AppraisalResult;
  readonly policy: PolicyDocument;
  readonly verified: VerifiedEvidence;
  /** `open`: PCR 15 is zero; `locked`: extended with the expected cluster; `foreign`: with anything else. */
  readonly lock: LockState;
}

export type Right = 'boot-secrets' | 'member';

/** Stage 4. Made by `authorise` only. */
export interface Grant extends Stage<'granted'> {
  readonly right: Right;
  readonly identity: string;
  readonly bootIdentity: string;
}
export type Authorisation =
  | { readonly granted: true; readonly grant: Grant }
  | {
      readonly granted: false;
      readonly code: 'evidence-refused' | 'evidence-undecided' | 'node-locked' | 'node-not-locked';
    };
