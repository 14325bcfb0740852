import { randomBytes } from 'node:crypto';
import { FORMAT_OFFSET, Cryptsetup, closeMapping, requireCryptsetup } from './cryptsetup.ts';
import { Device } from './device.ts';
import { StateDiskError } from './errors.ts';
import { examine } from './examine.ts';
import { isMounted, makeFileSystem, mount } from './file-system.ts';
import { createIntent } from './format-intent.ts';
import { growToMapping, hasGrown } from './grow.ts';
import { HeaderCopy, type HeaderCopyOptions } from './header-copy.ts';
import { HeaderFile } from './header-file.ts';
import type { Header } from './luks2/header.ts';
import { findOnDevice, isOf, removeLeftovers } from './mapping.ts';
import {
  isIntegrityWanted,
  type OpenedStateDisk,
  type StateDiskGrant,
  type StateDiskKey,
  type StateDiskPlace,
} from './state-disk-types.ts';
import {
  addOpener,
  keyWrong,
  standingOf,
  whyNot,
  writeTokens,
  type Opener,
  type Standing,
} from './unlock.ts';

interface Session {
  readonly place: StateDiskPlace;
  readonly grant: StateDiskGrant;
  readonly device: Device;
  readonly signal: AbortSignal | undefined;
  readonly options: HeaderCopyOptions;
}

const mappedAt = ({ activation, mapping }: StateDiskPlace) =>
  activation === 'device-mapper' ? `/dev/mapper/${mapping}` : null;

export const randomSource = (length: number): Uint8Array => randomBytes(length);

/** Formats or opens, and mounts. Nothing is open where it throws. */
export async function openDisk(
  place: StateDiskPlace,
  grant: StateDiskGrant,
  signal: AbortSignal | undefined,
): Promise<OpenedStateDisk> {
  await using device = await Device.open(place.device, {
    create: mayCreate(place, grant) ? FORMAT_OFFSET * 2 : null,
  });
  const whitelist = { integrity: isIntegrityWanted(place) };
  const session = { place, grant, device, signal, options: { whitelist, random: randomSource } };
  try {
    const [examined] = await Promise.all([
      examine(device, { owner: place, grant, whitelist, signal }),
      requireCryptsetup(),
    ]);
    const formatted = examined.kind === 'format';
    const report = formatted ? await format(session) : await open(session, examined.header);
    const mapped = mappedAt(place);
    if (mapped !== null && place.mountPoint !== null) await mountOnce(place, mapped, place.mountPoint);
    return { report, formatted, mapped };
  } catch (error) {
    await closeOwn(place).catch(() => undefined); // why it did not open matters more
    throw error;
  }
}

async function mountOnce(place: StateDiskPlace, mapped: string, mountPoint: string): Promise<void> {
  const mapping = await findOnDevice(place.mapping, place.device);
  if (mapping === null) throw new StateDiskError('state-disk-missing', 'the mapping has gone again');
  if (await isMounted(mountPoint, mapping)) return;
  await mount(mapped, mountPoint, place);
  await growToMapping(place, mountPoint);
}

/** What is under this name on another device is somebody else's. */
async function closeOwn({ activation, mapping, device }: StateDiskPlace): Promise<void> {
  if (activation === 'header-only' || (await findOnDevice(mapping, device)) === null) return;
  await closeMapping(mapping);
}

/** A file that stands for a disk needs nobody to make it. */
function mayCreate({ activation }: StateDiskPlace, { format }: StateDiskGrant): boolean {
  return activation === 'header-only' && format;
}

/**
 * Makes the disk ours. The header stays in memory until all else is done, the file system as well; what a kill leaves before is
 * an intent, and the next open begins again.
 */
async function format({
  place,
  grant,
  device,
  signal,
  options,
}: Session): Promise<OpenedStateDisk['report']> {
  const { activation, mapping, filesystem, discard } = place;
  if (device.size < 2 * FORMAT_OFFSET) {
    throw new StateDiskError('state-disk-too-small', 'no room for a header and data', {
      got: device.size,
      want: 2 * FORMAT_OFFSET,
    });
  }
  const mapped = mappedAt(place);
  if (mapped !== null) await removeLeftovers(mapping, place.device);
  await device.write(0, await createIntent(place, grant.key));
  await using file = await HeaderFile.create(FORMAT_OFFSET);
  const cryptsetup = new Cryptsetup({ header: file.path, device: place.device, signal });
  await cryptsetup.format(grant.key, { kdf: grant.kdf, integrity: options.whitelist.integrity });
  const copy = await HeaderCopy.ofFile(file, options);
  const slot =
    mapped === null
      ? await cryptsetup.test(grant.key, null)
      : await cryptsetup.activate(mapping, grant.key, { slot: null, discard });
  if (slot === null)
    throw new StateDiskError('cryptsetup-failed', 'the new header does not open with its key');
  if (mapped !== null) await makeFileSystem(mapped, filesystem, signal);
  const { version, epoch: reported } = grant;
  const epoch = reported + 1;
  await writeTokens(copy, place, [{ ...grant, slot }], epoch);
  await copy.sync(device);
  return { version, epoch, rollback: 'none', activated: activation === 'device-mapper' };
}

/** Opens a disk of ours. Keyslot of a rotation, tokens and epoch reach the device in one step, before anything is mounted. */
async function open(session: Session, header: Header): Promise<OpenedStateDisk['report']> {
  const { place, grant, device, signal, options } = session;
  await using copy = await HeaderCopy.ofDevice(device, header, options);
  const cryptsetup = new Cryptsetup({ header: copy.path, device: place.device, signal });
  const standing = await standingOf(copy, place, grant);
  if (standing === null) throw await whyNot(cryptsetup, grant);
  const opener = await activate(session, cryptsetup, { header, standing });
  const openers = [opener];
  const { next, kdf } = grant;
  if (next !== null && next.version !== opener.version) {
    openers.push(
      (await openerOf(cryptsetup, next, standing)) ??
        (await addOpener(cryptsetup, copy, { present: opener, added: next, kdf })),
    );
  }
  const { epoch, rollback } = standing;
  await writeTokens(copy, place, openers, epoch);
  await copy.sync(device);
  const { version } = next ?? grant;
  return { version, epoch, rollback, activated: place.activation === 'device-mapper' };
}

/** Maps the device with the key whose token was proved, the present one where both were. A mapping that is there stays. */
async function activate(
  { place, grant }: Session,
  cryptsetup: Cryptsetup,
  { header, standing }: { header: Header; standing: Standing },
): Promise<Opener> {
  const { tokens } = standing;
  const proved = grant.next !== null && tokens.has(grant.next.version) && !tokens.has(grant.version);
  const key = proved && grant.next !== null ? grant.next : { key: grant.key, version: grant.version };
  const named = slotNamed(standing, key.version);
  if (place.activation === 'header-only' || (await isMapped(place, header))) {
    const slot = await cryptsetup.test(key.key, named);
    if (slot === null) throw keyWrong();
    return { ...key, slot };
  }
  const map = () => cryptsetup.activate(place.mapping, key.key, { slot: named, discard: place.discard });
  let slot = await map();
  if (slot !== null && (await hasGrown(place.mapping))) {
    await closeMapping(place.mapping);
    slot = await map();
  }
  if (slot === null) throw keyWrong();
  return { ...key, slot };
}

async function isMapped({ mapping, device }: StateDiskPlace, { uuid }: Header): Promise<boolean> {
  const found = await findOnDevice(mapping, device);
  if (found === null) {
    await removeLeftovers(mapping, device);
    return false;
  }
  if (isOf(found, uuid)) return true;
  throw new StateDiskError('state-disk-busy', 'the mapping is of another header', {
    got: found.uuid,
    want: uuid,
  });
}

/** The keyslot that a key of the grant has already, where its token was proved. */
async function openerOf(
  cryptsetup: Cryptsetup,
  key: StateDiskKey,
  standing: Standing,
): Promise<Opener | null> {
  if (!standing.tokens.has(key.version)) return null;
  const slot = await cryptsetup.test(key.key, slotNamed(standing, key.version));
  return slot === null ? null : { ...key, slot };
}

function slotNamed({ tokens }: Standing, version: number): string | null {
  return tokens.get(version)?.keyslots[0] ?? null;
}
