import { mkdir, readFile } from 'node:fs/promises';
import { StateDiskError, type StateDiskErrorCode } from './errors.ts';
import { runProgram } from './programs.ts';

export type FileSystem = 'ext4' | 'xfs';

/** Every sector has just been written with its tag; discards would reach nobody. */
const MAKE: Readonly<Record<FileSystem, readonly [string, ...string[]]>> = {
  ext4: ['mkfs.ext4', '-q', '-F', '-E', 'nodiscard'],
  xfs: ['mkfs.xfs', '-q', '-f', '-K'],
};

export async function makeFileSystem(
  mapped: string,
  filesystem: FileSystem,
  signal?: AbortSignal,
): Promise<void> {
  const [program, ...parameters] = MAKE[filesystem];
  await must(program, [...parameters, mapped], 'file-system-failed', signal);
}

/** proc(5), mountinfo: the third field is the device, the fifth the mount point, blanks in octal. */
export async function isMounted(mountPoint: string): Promise<boolean> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.some((line) => line.split(' ')[4]?.replaceAll('\\040', ' ') === mountPoint);
}

/** @throws StateDiskError `mount-failed`; the file system is never made anew here */
export async function mount(
  mapped: string,
  mountPoint: string,
  { filesystem, discard }: { filesystem: FileSystem; discard: boolean },
): Promise<void> {
  await mkdir(mountPoint, { recursive: true });
  const options = discard ? 'noatime,discard' : 'noatime';
  await must('mount', ['-t', filesystem, '-o', options, mapped, mountPoint], 'mount-failed');
}

export async function unmount(mountPoint: string): Promise<void> {
  if (await isMounted(mountPoint)) await must('umount', [mountPoint], 'mount-failed');
}

/** To the size of its mapping, while it is mounted. */
export async function growFileSystem(
  mapped: string,
  mountPoint: string,
  filesystem: FileSystem,
): Promise<void> {
  if (filesystem === 'ext4') await must('resize2fs', [mapped], 'file-system-failed');
  else await must('xfs_growfs', ['-d', mountPoint], 'file-system-failed');
}

async function must(
  program: string,
  parameters: readonly string[],
  code: StateDiskErrorCode,
  signal?: AbortSignal,
): Promise<void> {
  const { exitCode, output } = await runProgram(program, parameters, code, { signal });
  if (exitCode !== 0) throw new StateDiskError(code, `${program}: ${output}`, { got: exitCode, want: 0 });
}
