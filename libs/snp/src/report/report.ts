import type { Bytes } from '@asterism/bytes';
import type { GuestPolicy } from './guest-policy.ts';
import type { PlatformInfo } from './platform-info.ts';
import type { Cpuid, SnpProduct } from './product.ts';
import type { TcbVersion } from './tcb-version.ts';

/**
 * 2: without CPUID. 3: with CPUID, since firmware 1.55.22 of Milan and 1.55.38 of Genoa. 4: AMD has not published it;
 * genuine ones read as 3. 5: with mitigation vectors (rev. 1.58). Neither product nor firmware follows from it: version 5
 * occurs on all products and with firmware 1.55.43, 1.55.61 and 1.58.0.
 */
export type ReportVersion = 2 | 3 | 4 | 5;

/** Key that signs the report: of the chip, or loaded by a cloud provider. */
export type SigningKey = 'VCEK' | 'VLEK';

export interface FirmwareVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

/** ATTESTATION_REPORT (AMD 56860 rev. 1.58 §7.3, table 23) as it stands. Nothing in it is verified: that is `verifyReport`'s. */
export interface SnpReport {
  readonly version: ReportVersion;
  readonly guestSvn: number;
  readonly policy: GuestPolicy;
  /** 16 bytes. */
  readonly familyId: Bytes;
  /** 16 bytes. */
  readonly imageId: Bytes;
  /** 0 is the most privileged; 0xffffffff in a report that the host asked for. */
  readonly vmpl: number;
  readonly currentTcb: TcbVersion;
  readonly platformInfo: PlatformInfo;
  readonly authorKeyEn: boolean;
  /** The firmware was told not to sign. */
  readonly maskChipKey: boolean;
  /** `none` in a report that is not signed. */
  readonly signingKey: SigningKey | 'none';
  /** 64 bytes that the guest chose. */
  readonly reportData: Bytes;
  /** 48 bytes: launch digest. */
  readonly measurement: Bytes;
  /** 32 bytes that the host chose. */
  readonly hostData: Bytes;
  /** 48 bytes. */
  readonly idKeyDigest: Bytes;
  /** 48 bytes. */
  readonly authorKeyDigest: Bytes;
  /** 32 bytes. */
  readonly reportId: Bytes;
  /** 32 bytes: report id of the migration agent, all ones without one. */
  readonly reportIdMa: Bytes;
  /** The version that the endorsement certificate must be made for. */
  readonly reportedTcb: TcbVersion;
  /** Undefined in version 2. */
  readonly cpuid: Cpuid | undefined;
  /** By CPUID; undefined in version 2, where the certificate says it. */
  readonly product: SnpProduct | undefined;
  /** 64 bytes; on Turin 8 and zeros. Zero when masked or signed with a VLEK. */
  readonly chipId: Bytes;
  readonly committedTcb: TcbVersion;
  readonly currentVersion: FirmwareVersion;
  readonly committedVersion: FirmwareVersion;
  readonly launchTcb: TcbVersion;
  /** Undefined before version 5. */
  readonly mitigations: { readonly launch: bigint; readonly current: bigint } | undefined;
  readonly signature: ReportSignature;
}

/** ECDSA P-384 with SHA-384 (AMD 56860 rev. 1.58, chapter 10): numbers of 72 bytes, the least significant first. */
interface ReportSignature {
  readonly r: Bytes;
  readonly s: Bytes;
}

/** Bytes of a report. */
export const REPORT_BYTES = 0x4a0;
/** Bytes from the start that the signature covers. */
export const SIGNED_BYTES = 0x2a0;
/** Bytes of r and of s. */
export const SIGNATURE_NUMBER_BYTES = 72;
/** Bytes behind r and s. */
export const SIGNATURE_RESERVED_BYTES = REPORT_BYTES - SIGNED_BYTES - 2 * SIGNATURE_NUMBER_BYTES;

/** SIGNATURE_ALGO: ECDSA P-384 with SHA-384 (chapter 10). */
export const ECDSA_P384_SHA384 = 1;

/** SIGNING_KEY of the report's flags, bits 4:2. */
export const SIGNING_KEYS: Readonly<Record<SnpReport['signingKey'], number>> = { VCEK: 0, VLEK: 1, none: 7 };
