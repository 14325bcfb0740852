import { concat, digest, type Bytes } from '@asterism/bytes';
import type { TdReport } from './td-report.ts';

/** The registers that a TD's firmware and system extend at run time. */
export const RTMRS = ['rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'] as const satisfies readonly (keyof TdReport)[];
export type Rtmr = (typeof RTMRS)[number];

/** SHA-384(register ‖ digest), as TDG.MR.RTMR.EXTEND does; a TD starts with zeros. */
export function extendRtmr(register: Uint8Array, measured: Uint8Array): Promise<Bytes> {
  return digest('SHA-384', concat(register, measured));
}

/**
 * The register that an event of a CC event log went into: `mrIndex` 1 to 4 are RTMR 0 to 3, and 0 is MRTD, which nothing
 * extends (UEFI specification 2.10, §38.4.1, "Intel TDX").
 */
export function rtmrOfEvent(mrIndex: number): Rtmr | undefined {
  return RTMRS[mrIndex - 1];
}
