import { Writer, type Bytes } from '@asterism/bytes';
import type { TpmtPublic } from '../structures/public-area.ts';

/** Something a command acts on: its handle, and its name, which authorisations sign (Part 1 §16). */
export interface TpmEntity {
  readonly handle: number;
  readonly name: Bytes;
}

/** An object in the TPM's memory or persistent. */
export interface LoadedKey extends TpmEntity {
  readonly public: TpmtPublic;
}

/** PCRs, sessions and permanent entities are named by their handle. */
export function namedByHandle(handle: number): TpmEntity {
  return { handle, name: new Writer('big').u32(handle).finish() };
}

/** TPM_RH, Part 2 §7.4. */
export const HIERARCHY = {
  owner: namedByHandle(0x40000001),
  null: namedByHandle(0x40000007),
  endorsement: namedByHandle(0x4000000b),
  platform: namedByHandle(0x4000000c),
} as const;

export type Hierarchy = keyof typeof HIERARCHY;
