import type { Bytes } from '@asterism/bytes';

/**
 * OpenSSH's key revocation list (PROTOCOL.krl), as written by `writeRevocationList` and read by `parseRevocationList`.
 * All numbers are big-endian.
 */
export interface RevocationList {
  /** 64 bits; sshd shows it and compares nothing. */
  readonly version: bigint;
  /** Whole seconds count. */
  readonly generatedAt: Date;
  readonly comment: string;
  readonly certificates: readonly RevokedCertificates[];
  /** Whole keys, base64 of their blobs. */
  readonly keys: ReadonlySet<string>;
  /** Hashes of keys, hexadecimal. Also of authorities: that revokes whatever they signed. */
  readonly sha1: ReadonlySet<string>;
  readonly sha256: ReadonlySet<string>;
}

/** What is revoked of one authority's certificates. */
export interface RevokedCertificates {
  /** Its key as on the wire; null: of any authority. */
  readonly authority: Bytes | null;
  /** First and last, ascending, none touching another. */
  readonly serials: readonly (readonly [bigint, bigint])[];
  readonly keyIds: ReadonlySet<string>;
}

export const KRL_MAGIC = 0x5353_484b_524c_0a00n;
export const KRL_FORMAT = 1;

export const SECTION = {
  certificates: 1,
  explicitKey: 2,
  fingerprintSha1: 3,
  signature: 4,
  fingerprintSha256: 5,
  extension: 255,
} as const;

export const CERTIFICATE_SECTION = {
  serialList: 0x20,
  serialRange: 0x21,
  serialBitmap: 0x22,
  keyId: 0x23,
  extension: 0x39,
} as const;
