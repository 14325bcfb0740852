import type { Writer } from '@asterism/bytes';

/** OpenSSH's key revocation list (PROTOCOL.krl). All numbers are big-endian. */
export interface RevocationList {
  /** 64 bits; sshd shows it and compares nothing. */
  readonly version: bigint;
  /** Unix seconds, 64 bits. */
  readonly generatedAt: bigint;
  readonly comment: string;
  readonly certificates: readonly RevokedCertificates[];
  /** `SHA256:…` of keys, also of authorities: that revokes whatever they signed. */
  readonly fingerprints: ReadonlySet<string>;
}

/** What is revoked of one authority's certificates. */
export interface RevokedCertificates {
  /** `SHA256:…` of its key; null: of any authority. */
  readonly authority: string | null;
  /** First and last, ascending, none touching another. */
  readonly serials: readonly (readonly [bigint, bigint])[];
  readonly keyIds: ReadonlySet<string>;
}

/** `SSHKRL`, a line feed and a zero. */
export const KRL_MAGIC = 0x5353_484b_524c_0a00n;
export const KRL_FORMAT = 1;

/** Fingerprints of SHA-1 (3), signatures (4) and extensions (255) are neither written nor read. */
export const SECTION = { certificates: 1, explicitKey: 2, fingerprintSha256: 5 } as const;

/** Extensions (0x39) are neither written nor read. */
export const CERTIFICATE_SECTION = {
  serialList: 0x20,
  serialRange: 0x21,
  serialBitmap: 0x22,
  keyId: 0x23,
} as const;

export function writeSection(writer: Writer, type: number, data: Uint8Array): void {
  writer.u8(type).sized32(data);
}
