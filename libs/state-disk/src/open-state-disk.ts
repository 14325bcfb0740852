import { performance } from 'node:perf_hooks';
import { StateDiskError } from './errors.ts';
import { hasFormatMark } from './format-mark.ts';
import { formatStateDisk } from './format.ts';
import { growToMapping, providedSectors } from './grow.ts';
import { tokenOf } from './luks2/header.ts';
import type { Protection } from './luks2/metadata.ts';
import { mappingPath, type Session } from './session.ts';
import type { OpenedStateDisk, OpenStateDiskOptions } from './state-disk.ts';
import { Cryptsetup, KEY_BYTES } from './system/cryptsetup.ts';
import { isBlank, openDevice } from './system/device.ts';
import { mount, unmount } from './system/file-system.ts';
import { HeaderCopy } from './system/header-copy.ts';
import {
  findMapping,
  removeLeftovers,
  removeMapping,
  isMapped,
  requireDeviceMapper,
} from './system/mapping.ts';
import { unlockStateDisk, type Unlocked } from './unlock.ts';

const MEMORY_DIRECTORY = '/dev/shm';

/**
 * Formats or opens the state disk, as the server's record says and never as the disk says. What was opened has a header
 * that was read once and whitelisted, a keyslot that the key opens, a token under the key's MAC that names this cluster
 * and disk, and an epoch that is not older than the server's. Not verified: that the data under an up-to-date header is
 * the latest (docs/limits.md).
 * @throws StateDiskError Nothing is left open, and a disk that was refused has not been written to.
 */
export async function openStateDisk(options: OpenStateDiskOptions): Promise<OpenedStateDisk> {
  const began = performance.now();
  for (const key of [options.disk, options.disk.next]) {
    if (key !== null && key.key.length !== KEY_BYTES) {
      throw new StateDiskError('state-disk-key-wrong', 'a state-disk key is 32 bytes', {
        got: key.key.length,
      });
    }
  }
  if (options.activation.mode === 'mapped') await requireDeviceMapper();
  const kept = new AsyncDisposableStack();
  try {
    const device = kept.use(await openDevice(options.device, false));
    const outcome = options.disk.format ? await whatToDo(options, device) : 'opened';
    const protection: Protection = options.activation.mode === 'mapped' ? 'authenticated' : 'none';
    const memory = options.memoryDirectory ?? MEMORY_DIRECTORY;
    const make = outcome === 'formatted' ? HeaderCopy.create : HeaderCopy.read;
    const header = kept.use(await make(memory, device, protection));
    const cryptsetup = new Cryptsetup(header.file, options.device);
    await cryptsetup.requireVersion();
    const session: Session = { options, device, protection, header, cryptsetup };
    const unlocked = outcome === 'formatted' ? await made(session) : await unlockOrClose(session);
    const where = await activate(session);
    return await opened(session, kept, { outcome, unlocked, ...where, began });
  } catch (cause) {
    await kept.disposeAsync();
    throw cause;
  }
}

/**
 * The server has no record of an open, so there is nothing that was acknowledged and could be lost: an own format that
 * was cut short is done again, a finished one is opened, all else but a blank disk is refused.
 */
async function whatToDo(
  options: OpenStateDiskOptions,
  device: Session['device'],
): Promise<'formatted' | 'opened'> {
  const { activation } = options;
  if (activation.mode === 'header-only' || !(await isMapped(activation.name, options.device))) {
    if (await isBlank(device)) return 'formatted';
  }
  if (await hasFormatMark(device, options)) return 'formatted';
  if (await looksOurs(options, device)) return 'opened';
  throw new StateDiskError('state-disk-not-blank', 'the disk holds something, and it is to be formatted');
}

async function looksOurs(options: OpenStateDiskOptions, device: Session['device']): Promise<boolean> {
  const protection = options.activation.mode === 'mapped' ? 'authenticated' : 'none';
  try {
    await using copy = await HeaderCopy.read(options.memoryDirectory ?? MEMORY_DIRECTORY, device, protection);
    const token = tokenOf(await copy.header())?.token;
    return token?.cluster === options.cluster && token.disk === options.disk.id;
  } catch (cause) {
    if (cause instanceof StateDiskError && cause.code.startsWith('state-disk-header-')) return false;
    throw cause;
  }
}
