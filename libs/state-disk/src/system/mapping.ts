import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StateDiskError } from '../errors.ts';
import { runProgram } from './program.ts';

const BLOCK = '/sys/class/block';
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const REMOVE_TRIES = 20;
const REMOVE_PAUSE = 50;

export interface Mapping {
  /** Of the kernel: `dm-1`. */
  readonly device: string;
  readonly name: string;
  /** `CRYPT-LUKS2-<uuid without hyphens>-<name>`, or `CRYPT-INTEGRITY-…` of the layer below. */
  readonly uuid: string;
  /** 512-byte sectors. */
  readonly sectors: number;
}

async function read(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}

/** @throws StateDiskError `device-mapper-missing` */
export async function requireDeviceMapper(): Promise<void> {
  await access('/dev/mapper/control').catch((cause: unknown) => {
    throw new StateDiskError(
      'device-mapper-missing',
      'this kernel has no device mapper (no /dev/mapper/control)',
      {
        cause,
      },
    );
  });
}

async function mappingOf(device: string): Promise<Mapping | null> {
  try {
    const [name, uuid, sectors] = await Promise.all(
      ['dm/name', 'dm/uuid', 'size'].map((file) => read(`${BLOCK}/${device}/${file}`)),
    );
    return { device, name: name ?? '', uuid: uuid ?? '', sectors: Number(sectors) };
  } catch {
    return null; // no mapping, or gone meanwhile
  }
}

/** The mapping of this name, whatever it maps. */
export async function findMapping(name: string): Promise<Mapping | null> {
  if (!NAME.test(name))
    throw new StateDiskError('cryptsetup-failed', 'a mapping cannot be called so', { got: name });
  for (const device of await readdir(BLOCK).catch(() => [])) {
    if (!device.startsWith('dm-')) continue;
    const mapping = await mappingOf(device);
    if (mapping?.name === name) return mapping;
  }
  return null;
}

/** All that lies on the device, topmost first. */
async function mappingsOn(device: string): Promise<Mapping[]> {
  const holders = await readdir(`${BLOCK}/${device}/holders`).catch(() => []);
  const found: Mapping[] = [];
  for (const holder of holders) {
    found.push(...(await mappingsOn(holder)));
    const mapping = await mappingOf(holder);
    if (mapping !== null) found.push(mapping);
  }
  return found;
}

/** Whether `name` maps a LUKS2 disk on this device. */
export async function isMapped(name: string, device: string): Promise<boolean> {
  const mappings = await mappingsOn(basename(await realpath(device)));
  return mappings.some((mapping) => mapping.name === name && mapping.uuid.startsWith('CRYPT-LUKS2-'));
}

export async function removeMapping(name: string): Promise<void> {
  for (let tries = 0; (await findMapping(name)) !== null; tries++) {
    const { exitCode, stderr } = await runProgram('dmsetup', ['remove', name]);
    if (exitCode !== 0 && tries >= REMOVE_TRIES) {
      throw new StateDiskError('state-disk-busy', `the mapping ${name} is in use: ${stderr.trim()}`);
    }
    if (exitCode !== 0) await pause(REMOVE_PAUSE);
  }
}

/** What a killed cryptsetup, or a format that was cut short, has left on the device. */
export async function removeLeftovers(device: string, name: string): Promise<void> {
  for (const mapping of await mappingsOn(basename(await realpath(device)))) {
    const ours =
      [name, `${name}_dif`].includes(mapping.name) || mapping.name.startsWith('temporary-cryptsetup-');
    if (!ours) {
      throw new StateDiskError('state-disk-busy', 'another mapping is on the state disk', {
        got: mapping.name,
      });
    }
    await removeMapping(mapping.name);
  }
}
