import { readFile } from 'node:fs/promises';
import type { ApiReady, ApiServer } from './api-server.ts';
import type { DataDirectory } from './data-directory.ts';
import { AGENT_BUNDLE, API_BUNDLE, CONTROL_PLANE, POOLS, type LocalPool } from './layout.ts';
import { toApiPolicy, type PoolExpectation } from './policy.ts';
import type { Prepared } from './prepare.ts';
import { computeReferenceValues } from './reference-values.ts';
import { writeSharedConfiguration } from './shared-configuration.ts';

export interface Expectations {
  readonly pools: ReadonlyMap<LocalPool, PoolExpectation>;
  /** File of each pool's shared agent configuration. */
  readonly sharedConfigurations: ReadonlyMap<LocalPool, string>;
}

/**
 * What nodes are to expect of the API, and the API of nodes: from the files that launchers measure, before any node runs.
 * The configuration of the agents names the API's values, so those come first.
 */
export async function computeExpectations(
  directory: DataDirectory,
  prepared: Prepared,
  api: { readonly server: ApiServer; readonly ready: ApiReady },
): Promise<Expectations> {
  const [apiBundle, agentBundle, settings] = await Promise.all([
    readFile(API_BUNDLE),
    readFile(AGENT_BUNDLE),
    readFile(api.server.settingsFile),
  ]);
  const comment = `asterism ${api.ready.version}, computed by asterism up`;
  const policy = toApiPolicy(
    await computeReferenceValues({ bundle: apiBundle, sharedConfiguration: settings }),
    api.ready.attestationKeySpki,
    comment,
  );
  const pools = new Map<LocalPool, PoolExpectation>();
  const sharedConfigurations = new Map<LocalPool, string>();
  for (const pool of POOLS) {
    const file = await writeSharedConfiguration(directory, pool, { url: api.ready.nodeUrl, policy });
    const values = await computeReferenceValues({
      bundle: agentBundle,
      sharedConfiguration: await readFile(file),
    });
    sharedConfigurations.set(pool, file);
    pools.set(pool, { values, root: prepared.root, allow: allowListOf(pool, prepared), comment });
  }
  return { pools, sharedConfigurations };
}

/** A control plane takes no machine that was not named; any machine of the same authority may become a worker. */
function allowListOf(pool: LocalPool, { machines }: Prepared): readonly string[] | null {
  if (pool !== CONTROL_PLANE) return null;
  return machines
    .filter((machine) => machine.pool === pool)
    .flatMap(({ endorsementKeys }) => endorsementKeys);
}
