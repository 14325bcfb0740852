import type { Bytes } from '@asterism/bytes';
import type {
  AppraisalResult,
  PolicyDocument,
  QuotedVariant,
  QuoteRequest,
  TrustAnchor,
  Variant,
} from '@asterism/contracts';
import type { SnpReport, VerifiedSnpReport } from '@asterism/snp';
import type { ParsedTdxQuote, VerifiedTdxQuote } from '@asterism/tdx';
import type {
  GoogleInstance,
  HclReport,
  HclRuntimeData,
  ParsedNitroDocument,
  ParsedTpmQuote,
  TpmEventLog,
  VerifiedNitroDocument,
} from '@asterism/tpm';
import type { Certificate } from '@asterism/x509';
import type { Collateral } from './collateral/collateral.ts';

declare const STAGE: unique symbol;
type Stage<Name extends string> = { readonly [STAGE]: Name };
/** A stage's document before the stage has vouched for it. */
export type Unmarked<Document> = Document extends unknown ? Omit<Document, typeof STAGE> : never;

/** Variants whose evidence has a report of SEV-SNP. */
export type SnpVariant = Extract<PolicyDocument, { snp: object }>['variant'];
/** Variants whose evidence has a quote of TDX. */
export type TdxVariant = Extract<PolicyDocument, { tdx: object }>['variant'];
/** Variants whose vTPM is vouched for by Azure's paravisor. */
export type HclVariant = 'azure-sev-snp' | 'azure-tdx';
type NitroVariant = 'aws-nitro-tpm';
/** A section that evidence of some variants has, and of others cannot have. */
type Section<V extends Variant, Has extends Variant, Content> = V extends Has ? Content : null;

/** A TPM's quote with what goes beside it. */
export interface ParsedQuoteSection {
  readonly quote: ParsedTpmQuote;
  /** TPMT_PUBLIC, as it came. */
  readonly akPublic: Bytes;
  /** EK certificate first; empty where none came. */
  readonly ekCertificates: readonly Certificate[];
  /** AK certificate first; empty where none came. */
  readonly akCertificates: readonly Certificate[];
}

export interface ParsedSnpSection {
  /** The very bytes that were signed, 1184. */
  readonly bytes: Bytes;
  readonly report: SnpReport;
  /** That came with the evidence, in any order. */
  readonly certificates: readonly Certificate[];
}

export interface ParsedTdxSection extends ParsedTdxQuote {
  /** The quote as it came. */
  readonly bytes: Bytes;
}

export interface ParsedHclSection {
  readonly report: HclReport;
  readonly runtimeData: HclRuntimeData;
}

/** Stage 1. Structure only: nothing in it is trusted. Made by `parseEvidence`. */
export interface ParsedEvidenceOf<V extends Variant> extends Stage<'parsed'> {
  readonly variant: V;
  readonly quote: Section<V, QuotedVariant, ParsedQuoteSection>;
  readonly snp: Section<V, SnpVariant, ParsedSnpSection>;
  readonly tdx: Section<V, TdxVariant, ParsedTdxSection>;
  readonly hcl: Section<V, HclVariant, ParsedHclSection>;
  readonly nitro: Section<V, NitroVariant, ParsedNitroDocument>;
  /** Of the firmware: TCG log of a TPM, CC log of a trust domain. */
  readonly eventLog: TpmEventLog | null;
  /** That came with the evidence: as untrusted as any other. */
  readonly collateral: Collateral;
}
export type ParsedEvidence = { [V in Variant]: ParsedEvidenceOf<V> }[Variant];

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
  | {
      readonly kind: 'trusted';
      readonly anchor: TrustAnchor;
      readonly spkiSha256: string;
      /** The machine that Google certifies the key for; null where the certificate names none. */
      readonly instance: GoogleInstance | null;
    }
  | { readonly kind: 'untrusted'; readonly code: string; readonly reason: string }
  | { readonly kind: 'undecided'; readonly code: string; readonly reason: string };

export interface LoggedEvent {
  /** PCR, or in a log of a trust domain the measurement register: RTMR 0 is 1. */
  readonly pcr: number;
  /** Name of the TCG event type, such as `EV_EFI_BOOT_SERVICES_APPLICATION`. */
  readonly type: string;
  /** Digest in the quoted bank, hexadecimal. */
  readonly digest: string;
  /** Printable part of the event's data; empty where it has none. */
  readonly description: string;
}

export interface VerifiedQuoteSection {
  readonly bank: QuoteRequest['bank'];
  /** Exactly the requested PCRs, recomputed into the signed digest. */
  readonly pcrs: ReadonlyMap<number, Bytes>;
  readonly clock: { readonly milliseconds: bigint; readonly safe: boolean };
  readonly firmwareVersion: bigint;
  /** SHA-256 of the AK's TPMT_PUBLIC, hexadecimal. */
  readonly akPublicSha256: string;
  /** SHA-256 of the AK's SubjectPublicKeyInfo, hexadecimal. */
  readonly akSpkiSha256: string;
  readonly activated: ActivatedKey | null;
  readonly endorsementCertificate: CertificateFact;
  readonly attestationCertificate: CertificateFact;
  /** Events whose replay gives the quoted values; null where no log came. */
  readonly events: readonly LoggedEvent[] | null;
}

export interface VerifiedTdxSection {
  readonly quote: VerifiedTdxQuote;
  /** Null where no log came; else it replays to RTMR 0, 1 and 3, and `bootRtmr2` is where it leads RTMR 2. */
  readonly log: { readonly events: readonly LoggedEvent[]; readonly bootRtmr2: Bytes } | null;
}

/** Of what was fetched to decide: when the oldest was issued, and when the first goes out of date. */
export interface CollateralFact {
  readonly issuedAt: Date;
  readonly until: Date;
}

/** Stage 2. Genuine: signed over the caller's binding, consistent in itself. Made by `verifyEvidence` only. */
export interface VerifiedEvidenceOf<V extends Variant> extends Stage<'verified'> {
  readonly variant: V;
  /** Machine identity, hexadecimal; null where it is not proved. */
  readonly identity: string | null;
  /** Changes with each boot, and only then; null where nothing in the evidence does. */
  readonly bootIdentity: string | null;
  readonly quote: Section<V, QuotedVariant, VerifiedQuoteSection>;
  readonly snp: Section<V, SnpVariant, VerifiedSnpReport>;
  readonly tdx: Section<V, TdxVariant, VerifiedTdxSection>;
  readonly nitro: Section<V, NitroVariant, VerifiedNitroDocument>;
  /** Null where nothing that goes out of date was used. */
  readonly collateral: CollateralFact | null;
}
export type VerifiedEvidence = { [V in Variant]: VerifiedEvidenceOf<V> }[Variant];

/**
 * `open`: as booted; `locked`: extended with the expected cluster; `foreign`: with anything else; `unmeasured`: the
 * machine has no register for it; `unknown`: it has one, and what it booted with is not known.
 */
export type LockState = 'open' | 'locked' | 'foreign' | 'unmeasured' | 'unknown';

/** Stage 3. Made by `appraise` only. `result` is the document that contracts, API and console share. */
export interface Appraisal extends Stage<'appraised'> {
  readonly result: AppraisalResult;
  readonly policy: PolicyDocument;
  readonly verified: VerifiedEvidence;
  readonly lock: LockState;
}

export type Right = 'boot-secrets' | 'member';

/** Stage 4. Made by `authorise` only. */
export interface Grant extends Stage<'granted'> {
  readonly right: Right;
  readonly identity: string;
  /** Null where the evidence tells no boot from another: the connection is the boot then. */
  readonly bootIdentity: string | null;
  /** The machine has no register for the lock: only the record of its boots keeps S20. */
  readonly lockUnmeasured: boolean;
}
export type Authorisation =
  | { readonly granted: true; readonly grant: Grant }
  | {
      readonly granted: false;
      readonly code: 'evidence-refused' | 'evidence-undecided' | 'node-locked' | 'node-not-locked';
    };
