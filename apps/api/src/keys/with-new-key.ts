import type { Transaction } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import type { DataKeyName, DataKeys, KeyedCluster } from './data-keys.ts';

class OvertakenError extends Error {}

const ATTEMPTS = 4;

/**
 * Makes a key, outside of any transaction because that may ask a key service, and gives it to `work`, which writes it in a
 * transaction of its own. Where the cluster's provider has changed since, another one is made.
 * @param work calls `write` after the row of `keys` is there; what it throws rolls everything back
 */
export async function withNewKey<Result>(
  dataKeys: DataKeys,
  cluster: KeyedCluster,
  name: DataKeyName,
  work: (write: (tx: Transaction) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const key = await dataKeys.create(cluster, name);
    try {
      return await work(async (tx) => {
        if (!(await key.write(tx))) throw new OvertakenError('the provider of the cluster has changed');
      });
    } catch (cause) {
      if (!(cause instanceof OvertakenError)) throw cause;
    }
  }
  throw new ProblemError('overloaded', 'the provider of the cluster is being changed', { retryAfter: 1 });
}
