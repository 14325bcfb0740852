import {
  listClusterRecoverySets,
  listRecoverySets,
  readReadiness,
  readRecovery,
  readSeal,
} from '@asterism/api-client';
import { queryOptions } from '@tanstack/react-query';
import { allOf, client, dataOf } from './client.ts';
import { topicKey } from './query-key.ts';

/** Public at the API, so that everybody can be told that it is sealed. */
export const healthQuery = queryOptions({
  queryKey: topicKey('health'),
  queryFn: () => dataOf(readReadiness({ client })),
});

export const recoveryQuery = queryOptions({
  queryKey: topicKey('recovery'),
  queryFn: () => dataOf(readRecovery({ client })),
});

/** @param cluster by name; null for the sets of the API's KEK */
export const recoverySetsQuery = (cluster: string | null) =>
  queryOptions({
    queryKey: topicKey('recovery', 'sets', cluster ?? ''),
    queryFn: () =>
      allOf((query) =>
        dataOf(
          cluster === null
            ? listRecoverySets({ client, query })
            : listClusterRecoverySets({ client, path: { cluster }, query }),
        ),
      ),
  });

export const sealQuery = queryOptions({
  queryKey: topicKey('seal'),
  queryFn: () => dataOf(readSeal({ client })),
});
