import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { closeMapping } from './cryptsetup.ts';
import { StateDiskError } from './errors.ts';
import { runProgram } from './programs.ts';

const BLOCK = '/sys/class/block';

/** A mapping of device mapper, as sysfs shows it. */
export interface Mapping {
  /** The kernel's name: `dm-1`. */
  readonly device: string;
  /** `major:minor` */
  readonly number: string;
  readonly name: string;
  /** `CRYPT-LUKS2-<UUID without hyphens>-<name>`, or `CRYPT-INTEGRITY-…` for the layer of tags below it. */
  readonly uuid: string;
  /** Bytes. */
  readonly size: number;
}

/** The mapping of this name, whatever it maps. */
export async function findMapping(name: string): Promise<Mapping | null> {
  for (const device of await readdir(BLOCK).catch(() => [])) {
    const mapping = device.startsWith('dm-') ? await mappingOf(device) : null;
    if (mapping?.name === name) return mapping;
  }
  return null;
}

/**
 * The LUKS2 mapping of that name on this device, as a killed agent leaves it; null: there is none.
 * @throws StateDiskError `state-disk-busy`: the name maps something else
 */
export async function findOnDevice(name: string, device: string): Promise<Mapping | null> {
  const found = await findMapping(name);
  if (found === null) return null;
  const here = await mappingsOn(basename(await realpath(device)));
  if (found.uuid.startsWith('CRYPT-LUKS2-') && here.some((each) => each.name === name)) return found;
  throw new StateDiskError('state-disk-busy', `the mapping ${name} is of something else`, {
    got: found.uuid,
  });
}

/** Whether it is of the disk with this UUID. */
export function isOf(mapping: Mapping, uuid: string): boolean {
  return mapping.uuid === `CRYPT-LUKS2-${uuid.replaceAll('-', '')}-${mapping.name}`;
}

/**
 * Removes what a killed cryptsetup, or a format that was cut short, left on the device.
 * @throws StateDiskError `state-disk-busy`: something else is on it
 */
export async function removeLeftovers(name: string, device: string): Promise<void> {
  for (const mapping of await mappingsOn(basename(await realpath(device)))) {
    if (mapping.name === name) await closeMapping(name);
    else if (mapping.name === `${name}_dif` || mapping.name.startsWith('temporary-cryptsetup-')) {
      await remove(mapping.name);
    } else {
      throw new StateDiskError('state-disk-busy', 'another mapping is on the disk', { got: mapping.name });
    }
  }
}

/** All that lies on the device, the topmost first. */
async function mappingsOn(device: string): Promise<Mapping[]> {
  const found: Mapping[] = [];
  for (const holder of await readdir(`${BLOCK}/${device}/holders`).catch(() => [])) {
    found.push(...(await mappingsOn(holder)));
    const mapping = await mappingOf(holder);
    if (mapping !== null) found.push(mapping);
  }
  return found;
}

async function mappingOf(device: string): Promise<Mapping | null> {
  const read = async (file: string) => (await readFile(`${BLOCK}/${device}/${file}`, 'utf8')).trim();
  try {
    const [name, uuid, sectors] = [await read('dm/name'), await read('dm/uuid'), await read('size')];
    return { device, number: await read('dev'), name, uuid, size: Number(sectors) * 512 };
  } catch {
    return null; // no mapping, or gone meanwhile
  }
}

async function remove(name: string): Promise<void> {
  // Gone already where the one above it took it along.
  if ((await findMapping(name)) === null) return;
  const { exitCode, output } = await runProgram(
    'dmsetup',
    ['remove', '--retry', name],
    'device-mapper-missing',
  );
  if (exitCode !== 0) throw new StateDiskError('state-disk-busy', `the mapping ${name} is in use: ${output}`);
}
