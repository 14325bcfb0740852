import { fromBase64url, fromHex } from '@asterism/bytes';
import { derive, measurementSecretOf, type ClusterRoot } from '@asterism/keys';
import { openShare } from '@asterism/keys/recovery';
import { searchFile, spellingsOf } from '@asterism/testkit/secrets';
import type { Ready } from '@asterism/testkit/up';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { combine } from 'shamir-secret-sharing';
import { curl } from './commands.ts';

/** The secret that share files give, as anybody with the two libraries gets it. */
export async function secretOf(files: readonly { share: string; identity: string }[]): Promise<Uint8Array> {
  const shares = await Promise.all(
    files.map(async ({ share, identity }) => {
      const opened = await openShare(await readFile(share, 'utf8'), await readFile(identity, 'utf8'));
      return new Uint8Array(fromBase64url(opened.share));
    }),
  );
  return combine(shares);
}

/** The salt of a cluster, from the plain text of a backup. */
export async function saltIn(plain: string, cluster: string): Promise<Uint8Array> {
  const text = (await readFile(plain)).toString('latin1');
  const start = text.indexOf('{');
  const header = JSON.parse(text.slice(start, text.indexOf(']}]', start) + 3) + '}') as {
    tables: { name: string; columns: string[] }[];
  };
  const columns = header.tables.find(({ name }) => name === 'clusters')?.columns ?? [];
  const row = text
    .split('\n')
    .find((line) => line.includes(`\t${cluster}\t`) && line.split('\t').length === columns.length);
  const value = row?.split('\t')[columns.indexOf('salt')];
  if (value === undefined) throw new Error(`the backup has no cluster ${cluster}`);
  return fromHex(value.replace(/^\\\\x/, ''));
}

export interface Secrets {
  readonly kek: Uint8Array;
  readonly cluster: ClusterRoot;
  readonly disks: readonly string[];
}

export function stateDiskKeyOf(cluster: ClusterRoot, id: string): Uint8Array {
  return derive(cluster, { purpose: 'state-disk', id, version: 1 }, 32);
}

/** What to search for: every secret that there is, as bytes and as text. */
export function needlesOf({ kek, cluster, disks }: Secrets): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ...spellingsOf('the KEK', kek),
    ...spellingsOf('the cluster root', cluster.root),
    ...spellingsOf('the measurement secret', measurementSecretOf({ scheme: 'asterism', ...cluster })),
    ...disks.flatMap((id) => spellingsOf(`the key of ${id}`, stateDiskKeyOf(cluster, id))),
  ]);
}

/** Every file below a folder that holds one of the needles. */
export async function searchFolder(
  folder: string,
  needles: ReadonlyMap<string, Uint8Array>,
): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = join(entry.parentPath, entry.name);
    for (const needle of await searchFile(file, needles)) found.push(`${needle} in ${file}`);
  }
  return found;
}

/** The answer of every operation that only reads, in one file. @returns how many there were */
export async function saveAnswers(ready: Ready, token: string, file: string, node: string): Promise<number> {
  const document = await readFile(resolve(import.meta.dirname, '../../../openapi/operator.v1.json'), 'utf8');
  const { paths } = JSON.parse(document) as { paths: Record<string, { get?: unknown }> };
  const parameters: Readonly<Record<string, string>> = { cluster: 'local', node, pool: 'workers' };
  // A stream does not end.
  const read = Object.entries(paths).filter(
    ([, { get }]) => get !== undefined && !JSON.stringify(get).includes('text/event-stream'),
  );
  const answers: string[] = [];
  for (const [path] of read) {
    const filled = path.replace(/\{(\w+)\}/g, (whole, name: string) => parameters[name] ?? whole);
    if (filled.includes('{')) continue;
    answers.push((await curl(ready, filled, { token })).body);
  }
  await writeFile(file, answers.join('\n'));
  return answers.length;
}
