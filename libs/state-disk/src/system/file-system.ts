import { mkdir, readFile } from 'node:fs/promises';
import { StateDiskError } from '../errors.ts';
import type { FileSystem } from '../state-disk.ts';
import { runProgram } from './program.ts';

const MAKE_DEADLINE = 10 * 60_000;

/** Without discards, which the layers below do not pass on. */
const MAKE: Record<FileSystem, readonly string[]> = {
  ext4: ['mkfs.ext4', '-q', '-F', '-E', 'nodiscard'],
  xfs: ['mkfs.xfs', '-q', '-f', '-K'],
};

/** @throws StateDiskError `file-system-failed`, with what the program said */
async function run(program: string, parameters: readonly string[], deadline?: number): Promise<void> {
  const { exitCode, stderr } = await runProgram(
    program,
    parameters,
    deadline === undefined ? {} : { deadline },
  );
  if (exitCode !== 0) {
    throw new StateDiskError('file-system-failed', `${program} failed: ${stderr.trim()}`, { got: exitCode });
  }
}

export async function makeFileSystem(mapping: string, fileSystem: FileSystem): Promise<void> {
  const [program = '', ...parameters] = MAKE[fileSystem];
  await run(program, [...parameters, mapping], MAKE_DEADLINE);
}

/** mountinfo of proc(5): the fifth field is the mount point, with blanks written in octal. */
async function isMounted(mountPoint: string): Promise<boolean> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.some((line) => line.split(' ')[4]?.replaceAll('\\040', ' ') === mountPoint);
}

export async function mount(mapping: string, fileSystem: FileSystem, mountPoint: string): Promise<void> {
  if (await isMounted(mountPoint)) return;
  await mkdir(mountPoint, { recursive: true });
  await run('mount', ['-t', fileSystem, '-o', 'noatime', mapping, mountPoint]);
}

export async function unmount(mountPoint: string): Promise<void> {
  if (await isMounted(mountPoint)) await run('umount', [mountPoint]);
}

/** To the size of its mapping, while it is mounted. */
export async function growFileSystem(
  mapping: string,
  fileSystem: FileSystem,
  mountPoint: string,
): Promise<void> {
  if (fileSystem === 'ext4') await run('resize2fs', [mapping], MAKE_DEADLINE);
  else await run('xfs_growfs', ['-d', mountPoint], MAKE_DEADLINE);
}
