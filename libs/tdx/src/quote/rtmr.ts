import { concat, digest, type Bytes } from '@asterism/bytes';

/**
 * SHA-384(register ‖ digest), as TDG.MR.RTMR.EXTEND does (Intel TDX Module 1.5 ABI); a TD starts with zeros. Both are 48
 * bytes. In a CC event log the registers count from 1, and 0 is MRTD, which nothing extends (UEFI 2.10, §38.4.1).
 */
export function extendRtmr(register: Uint8Array, measured: Uint8Array): Promise<Bytes> {
  return digest('SHA-384', concat(register, measured));
}
