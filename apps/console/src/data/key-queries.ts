import {
  listKekProviders,
  listKeys,
  listRewraps,
  listStateDisks,
  readKey,
  type KeyPurpose,
} from '@asterism/api-client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { allOf, client, dataOf } from './client.ts';
import { toCursor, topicKey } from './query-key.ts';

const PAGE = 100;

/** A cluster may have very many: page by page. */
export const keysQuery = (cluster: string, purpose: KeyPurpose | null) =>
  infiniteQueryOptions({
    queryKey: topicKey('keys', cluster, purpose ?? 'any'),
    queryFn: ({ pageParam }) =>
      dataOf(
        listKeys({
          client,
          path: { cluster },
          query: { limit: PAGE, ...(purpose === null ? {} : { purpose }), ...toCursor(pageParam) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const keyQuery = (cluster: string, purpose: KeyPurpose, key: string) =>
  queryOptions({
    queryKey: topicKey('keys', cluster, purpose, key),
    queryFn: () => dataOf(readKey({ client, path: { cluster, purpose, key } })),
  });

/** Each provider is asked by it, so it is not fresh for longer than others. */
export const kekProvidersQuery = queryOptions({
  queryKey: topicKey('kek-providers'),
  queryFn: async () => (await dataOf(listKekProviders({ client }))).items,
  staleTime: 30_000,
});

const RECENT = 5;

/** The newest first. */
export const rewrapsQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('rewraps', cluster),
    queryFn: async () =>
      (await dataOf(listRewraps({ client, path: { cluster }, query: { limit: RECENT } }))).items,
  });

export const stateDisksQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('state-disks', cluster),
    queryFn: () => allOf((query) => dataOf(listStateDisks({ client, path: { cluster }, query }))),
  });
