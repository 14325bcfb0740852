import { Injectable } from '@nestjs/common';
import type { KekProviderStatus } from '@asterism/contracts';
import { KekError, type KekProvider } from '@asterism/keys';
import { dataKeys } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { clustersWith } from '../auth/principal.ts';
import { Platform } from '../platform/platform.ts';

/** Milliseconds; somebody looks at a page. */
const PATIENCE_MS = 3_000;

@Injectable()
export class KekProvidersService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Each is asked now; of clusters, those that the caller may see are counted (S33). */
  async list({ principal }: Caller): Promise<{ items: KekProviderStatus[] }> {
    const { kek, database } = this.#platform;
    const counts = await dataKeys.countClusters(database.queries, clustersWith(principal, 'keys.read'));
    const items = await Promise.all(
      [...kek.providers].map(async ([name, provider]) => ({
        name,
        kind: provider.kind,
        ...(await stateOf(provider)),
        clusters: counts.get(name) ?? 0,
      })),
    );
    return { items };
  }
}

async function stateOf(provider: KekProvider): Promise<Pick<KekProviderStatus, 'state' | 'code'>> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const { state } = await provider.describe({ signal });
    return { state, code: null };
  } catch (cause) {
    if (cause instanceof KekError) return { state: 'failing', code: cause.code };
    if (signal.aborted) return { state: 'failing', code: 'kek-unreachable' };
    throw cause;
  }
}
