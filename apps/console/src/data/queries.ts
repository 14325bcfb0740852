import {
  listAudit,
  listClusters,
  listEnrolments,
  listNodeAppraisals,
  listNodes,
  listPolicies,
  listPools,
  readCluster,
  readNode,
  readPolicy,
  readPool,
  readSession,
  type EnrolmentState,
} from '@asterism/api-client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { allOf, client, dataOf, taggedDataOf } from './client.ts';
import { toCursor, topicKey as key } from './query-key.ts';

export const sessionQuery = queryOptions({
  queryKey: key('session'),
  queryFn: () => dataOf(readSession({ client })),
  staleTime: Infinity,
});

export const clustersQuery = queryOptions({
  queryKey: key('clusters'),
  queryFn: () => allOf((query) => dataOf(listClusters({ client, query }))),
});

export const clusterQuery = (cluster: string) =>
  queryOptions({
    queryKey: key('clusters', cluster),
    queryFn: () => dataOf(readCluster({ client, path: { cluster } })),
  });

export const nodesQuery = (cluster: string) =>
  queryOptions({
    queryKey: key('nodes', cluster),
    queryFn: () => allOf((query) => dataOf(listNodes({ client, path: { cluster }, query }))),
  });

export const nodeQuery = (cluster: string, node: string) =>
  queryOptions({
    queryKey: key('nodes', cluster, node),
    queryFn: () => dataOf(readNode({ client, path: { cluster, node } })),
  });

const HISTORY = 25;

export const appraisalsQuery = (cluster: string, node: string) =>
  infiniteQueryOptions({
    queryKey: key('nodes', cluster, node, 'appraisals'),
    queryFn: ({ pageParam }) =>
      dataOf(
        listNodeAppraisals({
          client,
          path: { cluster, node },
          query: { limit: HISTORY, ...toCursor(pageParam) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const poolsQuery = (cluster: string) =>
  queryOptions({
    queryKey: key('pools', cluster),
    queryFn: () => allOf((query) => dataOf(listPools({ client, path: { cluster }, query }))),
  });

export const poolQuery = (cluster: string, pool: string) =>
  queryOptions({
    queryKey: key('pools', cluster, pool),
    queryFn: () => taggedDataOf(readPool({ client, path: { cluster, pool } })),
  });

export const policiesQuery = (cluster: string, pool: string) =>
  queryOptions({
    queryKey: key('policies', cluster, pool),
    queryFn: () => allOf((query) => dataOf(listPolicies({ client, path: { cluster, pool }, query }))),
  });

export const policyQuery = (cluster: string, pool: string, version: number) =>
  queryOptions({
    queryKey: key('policies', cluster, pool, version),
    queryFn: () => dataOf(readPolicy({ client, path: { cluster, pool, version } })),
  });

export const enrolmentsQuery = (cluster: string, state?: EnrolmentState) =>
  queryOptions({
    queryKey: key('enrolments', cluster, state ?? 'all'),
    queryFn: () =>
      allOf((query) =>
        dataOf(
          listEnrolments({
            client,
            path: { cluster },
            query: state === undefined ? query : { ...query, state },
          }),
        ),
      ),
  });

export const auditQuery = infiniteQueryOptions({
  queryKey: key('audit'),
  queryFn: ({ pageParam }) => dataOf(listAudit({ client, query: { limit: 50, ...toCursor(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: ({ nextCursor }) => nextCursor,
});
