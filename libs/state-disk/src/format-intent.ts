import { concat, equalBytes, frame, hmac, utf8 } from '@asterism/bytes';
import { hkdfSync } from 'node:crypto';
import type { TokenOwner } from './luks2/token.ts';

/**
 * In the first sector of a disk while it is being formatted. The header comes there last, once all else is done; so what a kill
 * leaves is this, and only whoever has the key could write it: the disk is ours, unfinished, and may be formatted again.
 */
const MAGIC = utf8('asterism/state-disk-format/v1\n\0\0');
const MAC_INFO = 'asterism/state-disk-format/v1';
/** What every disk writes whole or not at all. */
export const INTENT_SIZE = 512;

export async function createIntent(owner: TokenOwner, key: Uint8Array): Promise<Uint8Array> {
  const sector = new Uint8Array(INTENT_SIZE);
  sector.set(concat(MAGIC, await macOf(owner, key)));
  return sector;
}

/** Whether the first sector is that of this disk and key. */
export async function isIntent(sector: Uint8Array, owner: TokenOwner, key: Uint8Array): Promise<boolean> {
  return equalBytes(sector, await createIntent(owner, key));
}

async function macOf({ cluster, disk }: TokenOwner, key: Uint8Array): Promise<Uint8Array> {
  const macKey = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), MAC_INFO, 32));
  try {
    return await hmac('SHA-256', macKey, frame(cluster, disk));
  } finally {
    macKey.fill(0);
  }
}
