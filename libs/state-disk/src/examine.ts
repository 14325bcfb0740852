import type { Device } from './device.ts';
import { StateDiskError } from './errors.ts';
import { INTENT_SIZE, isIntent } from './format-intent.ts';
import { COPIES_SIZE, readHeader, type Header } from './luks2/header.ts';
import { findToken, isConstellationDisk, ownTokens, type TokenOwner } from './luks2/token.ts';
import type { Whitelist } from './luks2/metadata.ts';
import { keysOf, type StateDiskGrant } from './state-disk-types.ts';

export type Examined = { readonly kind: 'format' } | { readonly kind: 'open'; readonly header: Header };

interface Question {
  readonly owner: TokenOwner;
  readonly grant: StateDiskGrant;
  readonly whitelist: Whitelist;
  readonly signal: AbortSignal | undefined;
}

/**
 * Format or open: by the grant. A disk that the server has seen open is never formatted, whatever it shows. One that it has not
 * is formatted where it is blank or our own format of it was cut short, and opened where that was finished but not reported.
 * @throws StateDiskError `state-disk-no-header`, `state-disk-not-blank`, and why a header was not taken
 */
export async function examine(device: Device, question: Question): Promise<Examined> {
  const { owner, grant, whitelist, signal } = question;
  const start = await device.read(0, COPIES_SIZE);
  const found = await readHeader(start, whitelist);
  if (!grant.format) {
    if (found.kind === 'header') return { kind: 'open', header: found.header };
    if (found.kind === 'refused') throw found.error;
    throw new StateDiskError(
      'state-disk-no-header',
      'the disk has no LUKS2 header, and it was opened before',
    );
  }
  if (found.kind === 'header' && (await isOurs(found.header, owner, grant))) {
    return { kind: 'open', header: found.header };
  }
  for (const { key } of keysOf(grant)) {
    if (await isIntent(start.subarray(0, INTENT_SIZE), owner, key)) return { kind: 'format' };
  }
  if (found.kind === 'none' && (await device.isBlank(signal))) return { kind: 'format' };
  throw new StateDiskError(
    'state-disk-not-blank',
    'the disk is to be formatted, and holds something that is not ours',
    {
      cause: found.kind === 'refused' ? found.error : undefined,
    },
  );
}

/** Our own finished format by its token; or a disk of Constellation's that is taken over, which its key has to open. */
async function isOurs(header: Header, owner: TokenOwner, grant: StateDiskGrant): Promise<boolean> {
  for (const key of keysOf(grant)) if ((await findToken(header, owner, key)) !== null) return true;
  return canAdopt(header, grant);
}

/** A finished disk of Constellation's that nobody of ours has opened. */
export function canAdopt({ metadata }: Header, { scheme }: StateDiskGrant): boolean {
  return (
    scheme === 'constellation' &&
    isConstellationDisk(metadata.tokens) &&
    ownTokens(metadata.tokens).length === 0
  );
}
