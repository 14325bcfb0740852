import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ClusterKeys, PolicyOf } from '@asterism/contracts';
import { inTransaction, keys, type ConnectOptions, type Database } from '@asterism/persistence';
import {
  MintedMachine,
  seedCluster,
  startTestDatabase,
  type SeededCluster,
  type TestDatabase,
} from '@asterism/testkit';
import type { ApiIdentity } from '../attestation/api-identity.ts';
import { startNodeApplication, type NodeApplication } from '../node/node-application.ts';
import type { NodeSideTimings } from '../node/timings.ts';
import type { ClusterRoots, NewClusterSecrets } from '../platform/cluster-roots.ts';
import type { Platform } from '../platform/platform.ts';
import { activatePolicy } from './activate-policy.ts';
import { join, RawPeer } from './raw-peer.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from './test-platform.ts';
import { PCR_4, testPolicy } from './test-policy.ts';

/** Fast enough for a test to wait for, slow enough not to race with one. */
const FAST: Partial<NodeSideTimings> = {
  scheduleEvery: 50,
  askAgainAfter: 1_000,
  answerWithin: 3_000,
  lostEvery: 50,
  lostAfter: 600_000,
  replicaDeadAfter: 60_000,
};

type PoolName = 'control-plane' | 'workers';

export interface TestNodeApi {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly platform: Platform;
  readonly logged: readonly string[];
  readonly node: NodeApplication;
  /** Identities that the policies name. */
  readonly allow: readonly string[];
  readonly seeded: SeededCluster;
  readonly identity: ApiIdentity & { readonly key: KeyObject };
  /** A machine with the right PCRs that both pools' policies name; another one each time. */
  machine(pool?: PoolName): MintedMachine;
  /** One that they do not name. */
  stranger(pool?: PoolName): Promise<MintedMachine>;
  peer(machine: MintedMachine, url?: string): Promise<RawPeer>;
  /** Another process on the same database. */
  replica(
    timings?: Partial<NodeSideTimings>,
  ): Promise<{ readonly node: NodeApplication; readonly platform: Platform }>;
  /** A cluster with its first member, so that workers can join. */
  initialise(): Promise<RawPeer>;
  /** Makes a new policy of a pool the one that counts, as the operator side does. */
  activate(pool: PoolName, change: Partial<PolicyOf<'tpm'>>): Promise<number>;
  stop(): Promise<void>;
}

export interface TestNodeApiOptions {
  readonly timings?: Partial<NodeSideTimings>;
  readonly database?: Partial<ConnectOptions>;
  readonly policy?: Partial<PolicyOf<'tpm'>>;
  /** What the policies accept in PCR 4; `PCR_4` where it is not said. */
  readonly pcr4?: Uint8Array;
  readonly machines?: number;
  /** Identities that the policies name besides the minted ones. */
  readonly alsoAllow?: readonly string[];
  /** The API's own machine. */
  readonly tpm?: ApiIdentity['tpm'];
  /** Key services, and where the cluster's keys come from; managed unless said. */
  readonly platform?: TestPlatformOptions;
  readonly keys?: ClusterKeys;
  /** Secrets of the cluster, in place of fresh ones. */
  readonly make?: (roots: ClusterRoots, id: string) => NewClusterSecrets;
  /** Volumes of a cluster that is taken over. */
  readonly volumes?: readonly string[];
}

/** How many machines the policies name. */
const MACHINES = 24;

/** A node listener over a database of its own, with a cluster and two pools. */
export async function startTestNodeApi(options: TestNodeApiOptions = {}): Promise<TestNodeApi> {
  const test = await startTestDatabase(options.database);
  const { database } = test;
  const testPlatform = await createTestPlatform(database, options.platform);
  const { platform, logged } = testPlatform;
  const place = (pool: PoolName) => ({ cluster: 'production', pool });
  const minted = await Promise.all(
    Array.from({ length: options.machines ?? MACHINES }, () =>
      MintedMachine.make(place('workers'), { 4: PCR_4 }),
    ),
  );
  const allow = [...minted.map(({ tpm }) => tpm.identity), ...(options.alsoAllow ?? [])];
  const policyOf = (change: Partial<PolicyOf<'tpm'>> = {}) =>
    testPolicy(allow, { ...options.policy, ...change }, options.pcr4);
  const id = database.newId();
  const make = options.make ?? ((roots: ClusterRoots) => roots.create(id));
  const { clusterId, ...secrets } = make(platform.clusterRoots, id);
  const seeded = await seedCluster(database, {
    id,
    clusterId,
    secrets,
    ...(options.keys && { keys: options.keys }),
    policy: policyOf(),
  });
  await inTransaction(database, async (tx) => {
    for (const volume of options.volumes ?? []) {
      const name = { purpose: 'volume', id: volume, version: 1 } as const;
      await keys.add(tx, id, { ...name, owner: 'cluster', imported: true });
    }
  });
  const poolIds = { 'control-plane': seeded.pools['control-plane'].id, workers: seeded.pools.worker.id };
  const identity = {
    key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    version: '0.1.0',
    ...(options.tpm && { tpm: options.tpm }),
  };
  const start = (on: Platform, timings: Partial<NodeSideTimings> = {}) =>
    startNodeApplication({
      platform: on,
      identity,
      listen: { host: '127.0.0.1', port: 0 },
      timings: { ...FAST, ...options.timings, ...timings },
    });
  const node = await start(platform);
  const peers: RawPeer[] = [];
  const replicas: { readonly node: NodeApplication; readonly platform: TestPlatform }[] = [];
  const api: TestNodeApi = {
    test,
    database,
    platform,
    logged,
    node,
    allow,
    seeded,
    identity,
    machine: (pool = 'workers') => {
      const machine = minted.pop();
      if (machine === undefined) throw new Error('the policies name no more machines');
      return machine.elsewhere(place(pool));
    },
    stranger: (pool = 'workers') => MintedMachine.make(place(pool), { 4: PCR_4 }),
    peer: async (machine, url = node.url) => {
      const peer = await RawPeer.connect(url, machine);
      peers.push(peer);
      return peer;
    },
    initialise: async () => {
      const peer = await api.peer(api.machine('control-plane'));
      await join(peer);
      return peer;
    },
    replica: async (timings) => {
      const other = await createTestPlatform(await test.connectReplica(), options.platform);
      const replica = { node: await start(other.platform, timings), platform: other };
      replicas.push(replica);
      return { node: replica.node, platform: other.platform };
    },
    activate: (pool, change) => activatePolicy(database, id, poolIds[pool], policyOf(change)),
    stop: async () => {
      for (const peer of peers) peer.close();
      for (const replica of [{ node, platform: testPlatform }, ...replicas]) {
        await replica.node.close();
        await replica.platform.stop();
      }
      await test.stop();
    },
  };
  return api;
}
