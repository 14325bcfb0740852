import type { StateDiskReport } from '@asterism/contracts';
import type { Cryptsetup } from './cryptsetup.ts';
import { decideEpoch } from './epoch.ts';
import { StateDiskError } from './errors.ts';
import { canAdopt } from './examine.ts';
import type { HeaderCopy } from './header-copy.ts';
import { createToken, findToken, ownTokens, type StateDiskToken, type TokenOwner } from './luks2/token.ts';
import type { Token } from './luks2/metadata.ts';
import { keysOf, type StateDiskGrant, type StateDiskKey } from './state-disk-types.ts';

/** A key of the grant and the keyslot that it is known to open. */
export interface Opener extends StateDiskKey {
  readonly slot: string;
}

/** What a header is opened with, and what it shows then. */
export interface Standing {
  readonly epoch: number;
  readonly rollback: StateDiskReport['rollback'];
  /** Versions whose token was proved. */
  readonly tokens: ReadonlyMap<number, StateDiskToken>;
}

/**
 * Decides by the MACs of the tokens and the server's epoch whether this header may be opened. No keyslot has been used yet.
 * @throws StateDiskError `state-disk-rolled-back`; null: no token of a key that the grant has
 */
export async function standingOf(
  { header }: HeaderCopy,
  owner: TokenOwner,
  grant: StateDiskGrant,
): Promise<Standing | null> {
  const tokens = new Map<number, StateDiskToken>();
  for (const key of keysOf(grant)) {
    const token = await findToken(header, owner, key);
    if (token !== null) tokens.set(key.version, token);
  }
  const shown = tokens.size > 0 ? Math.max(...[...tokens.values()].map(({ epoch }) => epoch)) : null;
  if (shown === null && !canAdopt(header, grant)) {
    requireNotBeforeRotation(ownTokens(header.metadata.tokens), grant);
    return null;
  }
  const decision = decideEpoch(shown ?? 0, grant);
  if (decision.kind === 'rolled-back') throw rolledBack(shown ?? 0, grant.epoch);
  return { epoch: decision.epoch, rollback: decision.rollback, tokens };
}

/** Which it is when no token could be proved: the key is another one, or the token was tampered with. */
export async function whyNot(cryptsetup: Cryptsetup, grant: StateDiskGrant): Promise<StateDiskError> {
  for (const { key } of keysOf(grant)) {
    if ((await cryptsetup.test(key, null)) !== null) {
      return new StateDiskError(
        'state-disk-token-wrong',
        'the key opens the disk, but no token says whose it is',
      );
    }
  }
  return keyWrong();
}

export function keyWrong(): StateDiskError {
  return new StateDiskError('state-disk-key-wrong', 'the key opens no keyslot of the disk');
}

/** Adds a keyslot for `added` to the copy and makes sure that it opens. */
export async function addOpener(
  cryptsetup: Cryptsetup,
  copy: HeaderCopy,
  { present, added, kdf }: { present: Opener; added: StateDiskKey; kdf: StateDiskGrant['kdf'] },
): Promise<Opener> {
  const before = Object.keys(copy.header.metadata.keyslots);
  await cryptsetup.addKey(present.key, added.key, kdf);
  await copy.reload();
  const slot = Object.keys(copy.header.metadata.keyslots).find((each) => !before.includes(each));
  if (slot === undefined || (await cryptsetup.test(added.key, slot)) !== slot) {
    throw new StateDiskError('cryptsetup-failed', 'the keyslot that was added does not open');
  }
  return { ...added, slot };
}

/** Writes the tokens of these keys into the copy; tokens of versions that the grant does not know stay. */
export async function writeTokens(
  copy: HeaderCopy,
  owner: TokenOwner,
  openers: readonly Opener[],
  epoch: number,
): Promise<void> {
  const { uuid, metadata } = copy.header;
  const tokens: Record<string, Token> = {};
  for (const [id, token] of Object.entries(metadata.tokens)) {
    const version = ownTokens({ id: token })[0]?.version;
    if (!openers.some((each) => each.version === version)) tokens[id] = token;
  }
  for (const opener of openers) {
    const token = await createToken(owner, opener, { epoch, uuid, keyslots: [opener.slot] });
    tokens[freeId(tokens)] = token;
  }
  await copy.setTokens(tokens);
}

/** LUKS2 has 32 tokens (§3.4); nobody of ours makes as many. */
function freeId(tokens: Readonly<Record<string, Token>>): string {
  for (let id = 0; id < 32; id++) if (!Object.hasOwn(tokens, String(id))) return String(id);
  throw new StateDiskError('state-disk-header-refused', 'the header has no room for a token');
}

/** A header from before a rotation that the server has recorded does not open; that it is older is what matters. */
function requireNotBeforeRotation(
  claimed: readonly StateDiskToken[],
  { version, epoch }: StateDiskGrant,
): void {
  const [older] = claimed.filter((each) => each.version < version && each.epoch < epoch);
  if (older !== undefined) throw rolledBack(older.epoch, epoch);
}

function rolledBack(epoch: number, recorded: number): StateDiskError {
  return new StateDiskError(
    'state-disk-rolled-back',
    'the disk is older than the last open that was reported',
    {
      got: epoch,
      want: recorded,
      epoch,
    },
  );
}
