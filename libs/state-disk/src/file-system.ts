import { mkdir, readFile, realpath } from 'node:fs/promises';
import { StateDiskError, type StateDiskErrorCode } from './errors.ts';
import type { Mapping } from './mapping.ts';
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

/** Whether this mapping is what is seen at a mount point. */
export async function isMounted(mountPoint: string, { number }: Pick<Mapping, 'number'>): Promise<boolean> {
  return (await mountedNow(mountPoint)) === number;
}

async function mountedNow(mountPoint: string): Promise<string | null> {
  // Without links and a slash at its end, as the kernel writes it.
  const path = await realpath(mountPoint).catch(() => mountPoint);
  return mountedAt(await readFile('/proc/self/mountinfo', 'utf8'), path);
}

/** The device on top there, as `major:minor`. proc(5), mountinfo: the third field; the fifth is the mount point, escaped. Pure. */
export function mountedAt(mountinfo: string, mountPoint: string): string | null {
  const fields = mountinfo.split('\n').map((line) => line.split(' '));
  return fields.findLast((each) => unescaped(each[4] ?? '') === mountPoint)?.[2] ?? null;
}

function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/**
 * The file system is never made anew here.
 * @throws StateDiskError `mount-failed`, also where something else is there: a host can offer a partition that systems mount
 * by themselves, and what was written to it would be the host's
 */
export async function mount(
  mapped: string,
  mountPoint: string,
  { filesystem, discard }: { filesystem: FileSystem; discard: boolean },
): Promise<void> {
  await mkdir(mountPoint, { recursive: true });
  const got = await mountedNow(mountPoint);
  if (got !== null) {
    throw new StateDiskError('mount-failed', `something else is mounted at ${mountPoint}`, { got });
  }
  const options = discard ? 'noatime,discard' : 'noatime';
  await must('mount', ['-t', filesystem, '-o', options, mapped, mountPoint], 'mount-failed');
}

export async function unmount(mountPoint: string, mapping: Pick<Mapping, 'number'>): Promise<void> {
  if (await isMounted(mountPoint, mapping)) await must('umount', [mountPoint], 'mount-failed');
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
