import type { Bytes } from '@asterism/bytes';
import type { EnclaveReport } from './enclave-report.ts';
import type { TdReport } from './td-report.ts';

/** A TDX quote as it stands. Nothing in it is verified: `verifyTdxQuote` reads the bytes itself. */
export interface TdxQuote {
  readonly version: 4 | 5;
  /** Bytes 8 to 11 of the header; reserved for TDX in newer revisions of the format, and zero in the field. */
  readonly qeSvn: number;
  readonly pceSvn: number;
  /** 16 bytes. */
  readonly qeVendorId: Bytes;
  /** 20 bytes. */
  readonly userData: Bytes;
  readonly report: TdReport;
  /** ECDSA P-256 over header and body, `r ‖ s`. */
  readonly signature: Bytes;
  /** P-256 point, `x ‖ y`. */
  readonly attestationKey: Bytes;
  readonly qeReport: EnclaveReport;
  /** ECDSA P-256 over the QE report by the PCK, `r ‖ s`. */
  readonly qeReportSignature: Bytes;
  readonly qeAuthData: Bytes;
  /** Certification data of type 5: PEM of the PCK chain, leaf first, as it stands. */
  readonly pckChain: Bytes;
  /**
   * Bytes behind the quote, in the wild zeros of a buffer that was handed out whole. Nothing signs them and nothing reads
   * them.
   */
  readonly trailing: Bytes;
}

/** A quote together with the very bytes that its signatures are over. */
export interface ParsedTdxQuote extends TdxQuote {
  /** Header and body. */
  readonly signed: Bytes;
  readonly qeReportBytes: Bytes;
}

/** Header fields that have one value here (Intel TDX DCAP Quoting Library API, revision 0.9, A.3.1). */
export const ECDSA_P256 = 2;
export const TEE_TDX = 0x81;
/** Intel's quoting enclave. */
export const INTEL_QE_VENDOR = '939a7233f79c4ca9940a0db3957f0607';
/** Type of the body of a v5 quote (ibid., A.4). */
export const BODY_TYPE = { '1.0': 2, '1.5': 3 } as const;
/** Certification data types (ibid., A.3.9). */
export const CERTIFICATION = { pckChain: 5, qeReport: 6 } as const;
