import {
  listNodeAccess,
  listRevokedSshKeys,
  listSshAuthorities,
  listSshGrants,
  listSshSessions,
  readAccess,
} from '@asterism/api-client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { allOf, client, dataOf, taggedDataOf } from './client.ts';
import { toCursor, topicKey } from './query-key.ts';

const PAGE = 25;

/** With the `ETag` that a change takes as `If-Match`. */
export const accessQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('access', cluster),
    queryFn: () => taggedDataOf(readAccess({ client, path: { cluster } })),
  });

export const grantsQuery = (cluster: string) =>
  infiniteQueryOptions({
    queryKey: topicKey('access-grants', cluster),
    queryFn: ({ pageParam }) =>
      dataOf(listSshGrants({ client, path: { cluster }, query: { limit: PAGE, ...toCursor(pageParam) } })),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const openSessionsQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('access-sessions', cluster, 'open'),
    queryFn: () =>
      allOf((query) =>
        dataOf(listSshSessions({ client, path: { cluster }, query: { ...query, state: 'open' } })),
      ),
  });

export const closedSessionsQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('access-sessions', cluster, 'closed'),
    queryFn: async () =>
      (await dataOf(listSshSessions({ client, path: { cluster }, query: { state: 'closed', limit: PAGE } })))
        .items,
  });

export const nodeAccessQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('access-nodes', cluster),
    queryFn: () => allOf((query) => dataOf(listNodeAccess({ client, path: { cluster }, query }))),
  });

export const authoritiesQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('access-authorities', cluster),
    queryFn: async () => (await dataOf(listSshAuthorities({ client, path: { cluster } }))).items,
  });

export const revokedKeysQuery = (cluster: string) =>
  queryOptions({
    queryKey: topicKey('access', cluster, 'revoked-keys'),
    queryFn: () => allOf((query) => dataOf(listRevokedSshKeys({ client, path: { cluster }, query }))),
  });
