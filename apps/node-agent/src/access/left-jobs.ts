import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Of cron (Debian, then cronie), by the name of the account. */
const TABLES = ['/var/spool/cron/crontabs', '/var/spool/cron'] as const;
/** Of at(1) (Debian, then Fedora), by the file's owner. */
const JOBS = ['/var/spool/cron/atjobs', '/var/spool/at'] as const;

interface Owner {
  readonly name: string;
  readonly uid: number;
}

/** Files of what an account has left to be run later. */
export async function findLeftJobs({ name, uid }: Owner): Promise<string[]> {
  const files = TABLES.map((folder) => join(folder, name));
  for (const folder of JOBS) {
    const jobs = await readdir(folder).catch(() => []);
    files.push(...jobs.map((job) => join(folder, job)));
  }
  const owners = await Promise.all(files.map(ownerOf));
  return files.filter((_, at) => owners[at] === uid);
}

export async function removeLeftJobs(owner: Owner): Promise<void> {
  for (const file of await findLeftJobs(owner)) await rm(file, { force: true });
}

/** Undefined where it is no file. */
async function ownerOf(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true ? found.uid : undefined;
}
