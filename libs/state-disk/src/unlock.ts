import { StateDiskError } from './errors.ts';
import { decideEpoch } from './epoch.ts';
import { freeId, isConstellation, tokenOf, type Luks2Header } from './luks2/header.ts';
import { isTokenGenuine, makeToken, type StateDiskToken } from './luks2/token.ts';
import type { Session } from './session.ts';
import type { OpenStateDiskOptions, Rollback, StateDiskKey } from './state-disk.ts';
import { isMapped } from './system/mapping.ts';

export interface Unlocked {
  readonly version: number;
  readonly epoch: number;
  readonly rollback: Rollback;
}

interface Claimed {
  readonly token: StateDiskToken | null;
  readonly epoch: number;
  /** Whose version the token names; the MAC is under its key. */
  readonly key: StateDiskKey;
}

/**
 * Whose disk this is, proved by the token's MAC.
 * @throws StateDiskError `state-disk-foreign` | `state-disk-rolled-back` | `state-disk-key-wrong`
 */
function requireOurs(header: Luks2Header, { cluster, disk }: OpenStateDiskOptions): Claimed {
  const token = tokenOf(header)?.token ?? null;
  if (token === null) {
    // A disk of Constellation's has none, once: after the first recorded open it has to.
    const first = disk.scheme === 'constellation' && disk.epoch === 0 && isConstellation(header);
    if (first) return { token, epoch: 0, key: disk };
    throw new StateDiskError('state-disk-foreign', 'the header has no token of ours');
  }
  if (token.cluster !== cluster || token.disk !== disk.id) {
    const [got, want] = [`${token.cluster}/${token.disk}`, `${cluster}/${disk.id}`];
    throw new StateDiskError('state-disk-foreign', 'the header is of another disk', { got, want });
  }
  const key = [disk, disk.next].find((candidate) => candidate?.version === token.version);
  if (key === null || key === undefined) {
    const older = token.version < disk.version;
    const mismatch = { got: token.version, want: disk.version };
    if (older)
      throw new StateDiskError('state-disk-rolled-back', 'the header is from before a rotation', mismatch);
    throw new StateDiskError('state-disk-key-wrong', 'the header is of another key version', mismatch);
  }
  if (!isTokenGenuine(token, header.uuid, key.key)) {
    throw new StateDiskError('state-disk-foreign', 'the MAC of the token is not under this key');
  }
  return { token, epoch: token.epoch, key };
}

/** Opens with the key that the token is of; in a rotation that may be either. */
async function openWith(session: Session, { key }: StateDiskKey, stillOpen: boolean): Promise<void> {
  const { options, cryptsetup } = session;
  const { activation } = options;
  const opened =
    activation.mode === 'mapped' && !stillOpen
      ? await cryptsetup.activate(key, activation.name)
      : await cryptsetup.opens(key);
  if (!opened) throw new StateDiskError('state-disk-key-wrong', 'the key opens no keyslot');
}

/** Adds the keyslot of `next` to the copy and makes sure that it opens. */
async function addNext(session: Session, header: Luks2Header, next: StateDiskKey): Promise<string> {
  const { cryptsetup, options } = session;
  const slot = freeId(header.metadata.keyslots);
  await cryptsetup.addKey(options.disk.key, next.key, slot, options.disk.kdf);
  if (!(await cryptsetup.opens(next.key, slot))) {
    throw new StateDiskError('cryptsetup-failed', 'the keyslot that was added does not open');
  }
  return slot;
}

/** The keyslot that the key opens, the token's first. */
async function slotOf(session: Session, header: Luks2Header, { key }: StateDiskKey): Promise<string> {
  const named = tokenOf(header)?.token.keyslots ?? [];
  for (const slot of new Set([...named, ...Object.keys(header.metadata.keyslots)])) {
    if (await session.cryptsetup.opens(key, slot)) return slot;
  }
  throw new StateDiskError('state-disk-key-wrong', 'the key opens no keyslot');
}

/**
 * Opens a disk that the server knows. Token, epoch and the keyslot of a rotation reach the device in one step, after the
 * key has opened the disk and before anything uses it.
 */
export async function unlockStateDisk(session: Session): Promise<Unlocked> {
  const { options, header: copy, cryptsetup } = session;
  const { cluster, disk, activation } = options;
  const header = await copy.header();
  const claimed = requireOurs(header, options);
  const stillOpen = activation.mode === 'mapped' && (await isMapped(activation.name, options.device));
  const decision = decideEpoch({
    found: claimed.epoch,
    recorded: disk.epoch,
    accepted: disk.acceptedEpoch,
    stillOpen,
  });
  if (!decision.open) {
    throw new StateDiskError(
      'state-disk-rolled-back',
      'the header is older than the last open that was recorded',
      {
        got: claimed.epoch,
        want: disk.epoch,
      },
    );
  }
  await openWith(session, claimed.key, stillOpen);
  const present = disk.next ?? disk;
  const adds = present.version !== claimed.key.version;
  const keyslot = adds ? await addNext(session, header, present) : await slotOf(session, header, present);
  const { epoch, rollback } = decision;
  const claims = { cluster, disk: disk.id, version: present.version, epoch };
  const id = tokenOf(header)?.id ?? freeId(header.metadata.tokens);
  await cryptsetup.setToken(id, makeToken(claims, { uuid: header.uuid, keyslot, key: present.key }));
  await copy.sync();
  return { version: present.version, epoch, rollback };
}
