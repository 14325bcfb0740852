import { StateDiskError } from './errors.ts';
import { hasFormatMark, writeFormatMark } from './format-mark.ts';
import { makeToken } from './luks2/token.ts';
import { mappingPath, type Session } from './session.ts';
import { makeFileSystem } from './system/file-system.ts';
import { removeLeftovers } from './system/mapping.ts';

const FIRST_SLOT = '0';
const TOKEN_ID = '0';

/**
 * Makes the disk ours. Until the very last sector is written the device carries the mark of an unfinished format, under a
 * MAC, and everything is done again; from then on it carries a header whose file system is whole. There is nothing between.
 * The mapping stays.
 */
export async function formatStateDisk(session: Session): Promise<void> {
  const { options, device, header, cryptsetup, protection } = session;
  const { cluster, disk, activation } = options;
  if (activation.mode === 'mapped') await removeLeftovers(options.device, activation.name);
  if (!(await hasFormatMark(device, options))) await writeFormatMark(device, options);
  await cryptsetup.format({ key: disk.key, kdf: disk.kdf, protection });
  const claims = { cluster, disk: disk.id, version: disk.version, epoch: disk.epoch + 1 };
  const { uuid } = await header.header();
  await cryptsetup.setToken(TOKEN_ID, makeToken(claims, { uuid, keyslot: FIRST_SLOT, key: disk.key }));
  if (activation.mode === 'mapped') {
    if (!(await cryptsetup.activate(disk.key, activation.name))) {
      throw new StateDiskError('cryptsetup-failed', 'a new header does not open with its own key');
    }
    await makeFileSystem(mappingPath(activation.name), activation.fileSystem);
  }
  await header.sync();
}
