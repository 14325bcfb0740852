import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PolicyDocument } from '@asterism/contracts';
import { writeAtomically, type DataDirectory } from './data-directory.ts';
import { CLUSTER, type LocalPool } from './layout.ts';

const KEEPALIVE_SECONDS = 15;

/**
 * The configuration that all nodes of a pool share, byte for byte: where their API is and how they know it. It is measured
 * on each of them.
 */
export async function writeSharedConfiguration(
  directory: DataDirectory,
  pool: LocalPool,
  api: { readonly url: string; readonly policy: PolicyDocument },
): Promise<string> {
  const folder = join(directory.root, 'shared');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${pool.name}.json`);
  const configuration = {
    schema: 'asterism/agent-shared/v1',
    cluster: CLUSTER,
    pool: pool.name,
    api: { url: api.url, expectation: { kind: 'evidence', policy: api.policy } },
    stream: { keepaliveSeconds: KEEPALIVE_SECONDS },
  };
  await writeAtomically(file, `${JSON.stringify(configuration, null, 2)}\n`);
  return file;
}
