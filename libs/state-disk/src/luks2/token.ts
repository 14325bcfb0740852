import { equalBytes, frame, fromBase64, hmac, toBase64 } from '@asterism/bytes';
import { hkdfSync } from 'node:crypto';
import { z } from 'zod';
import type { StateDiskKey } from '../state-disk-types.ts';
import type { Header } from './header.ts';
import type { Token } from './metadata.ts';

/**
 * The token that says whose disk this is, which key opens it and how often it was opened. The host can write it, so it
 * carries a MAC under a key that follows from the state-disk key.
 */
const stateDiskToken = z.strictObject({
  type: z.literal('asterism-state-disk'),
  keyslots: z.array(z.string()),
  cluster: z.string().min(1).max(128),
  disk: z.string().min(1).max(64),
  version: z.number().int().min(1),
  epoch: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  mac: z.base64().length(44),
});
export type StateDiskToken = z.infer<typeof stateDiskToken>;

/** As Constellation's disk mapper writes it, in slot 0. */
const constellationToken = z.strictObject({
  type: z.literal('constellation-state-disk'),
  keyslots: z.array(z.string()).max(0),
  diskIsInitialized: z.boolean(),
});

const MAC_INFO = 'asterism/state-disk-token/v1';

export interface TokenOwner {
  readonly cluster: string;
  readonly disk: string;
}

/** Makes the token of `key`, which opens `keyslots`. */
export async function createToken(
  { cluster, disk }: TokenOwner,
  { key, version }: StateDiskKey,
  { epoch, uuid, keyslots }: { epoch: number; uuid: string; keyslots: readonly string[] },
): Promise<StateDiskToken> {
  const claims = { cluster, disk, version, epoch };
  const mac = toBase64(await macOf(claims, uuid, key));
  return { type: 'asterism-state-disk', keyslots: [...keyslots], ...claims, mac };
}

/**
 * The token of this key, where there is one whose MAC fits: cluster, disk, version and epoch are what whoever knew the key
 * wrote into this header.
 */
export async function findToken(
  { uuid, metadata }: Header,
  owner: TokenOwner,
  { key, version }: StateDiskKey,
): Promise<StateDiskToken | null> {
  for (const each of Object.values(metadata.tokens)) {
    const { success, data } = stateDiskToken.safeParse(each);
    if (!success || data.version !== version) continue;
    if (data.cluster !== owner.cluster || data.disk !== owner.disk) continue;
    if (equalBytes(fromBase64(data.mac), await macOf(data, uuid, key))) return data;
  }
  return null;
}

/** Tokens of ours, unchecked: which keyslots belong to which version. */
export function ownTokens(tokens: Readonly<Record<string, Token>>): StateDiskToken[] {
  return Object.values(tokens).flatMap((each) => stateDiskToken.safeParse(each).data ?? []);
}

/** Whether Constellation has finished this disk: its own rule, a disk without it is formatted again there. */
export function isConstellationDisk(tokens: Readonly<Record<string, Token>>): boolean {
  return Object.values(tokens).some(
    (each) => constellationToken.safeParse(each).data?.diskIsInitialized === true,
  );
}

async function macOf(
  { cluster, disk, version, epoch }: Pick<StateDiskToken, 'cluster' | 'disk' | 'version' | 'epoch'>,
  uuid: string,
  key: Uint8Array,
): Promise<Uint8Array> {
  const macKey = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), MAC_INFO, 32));
  try {
    return await hmac('SHA-256', macKey, frame(cluster, disk, String(version), String(epoch), uuid));
  } finally {
    macKey.fill(0);
  }
}
