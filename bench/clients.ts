/**
 * The machines of `bench joins`, `bench memory`, `bench keys` and `bench access`, in a process of their own, so that what they
 * cost is not the API's. Takes orders from its parent, one at a time.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:tls';
import { inspect } from 'node:util';
import { createTlsIdentity, type AttestedClient, type TlsIdentity } from '@asterism/attested-tls';
import { memberKeySchema, selfSchema } from '@asterism/contracts';
import { AgentApi } from '../apps/node-agent/src/api/agent-api.ts';
import { tlsOptions } from '../libs/attested-tls/src/tls-options.ts';
import { AccessReader, type Heard } from './access-readers.ts';
import { enrol, join, type Joiner, type Phases, type Target } from './enrol.ts';
import { quantile, runLoad, type Load, type LoadResult } from './load.ts';
import { createMaker, makeMachine, policyFor } from './maker.ts';
import { CLUSTER, POOLS } from './place.ts';
import type { Policies } from './api-under-test.ts';

export type Order =
  | { readonly kind: 'policies' }
  /** The machine that creates the cluster. */
  | { readonly kind: 'first'; readonly target: Target }
  | ({ readonly kind: 'handshakes'; readonly port: number } & Load)
  | ({ readonly kind: 'enrolments'; readonly target: Target } & Load)
  /** Machines that become members and hold their stream. */
  | { readonly kind: 'members'; readonly target: Target; readonly count: number }
  /** Machines that become members and follow access as agents do. */
  | { readonly kind: 'readers'; readonly target: Target; readonly count: number }
  /** Until each of them has this revision of access. */
  | { readonly kind: 'access'; readonly revision: number }
  /** Of the first machine, on its one connection. */
  | ({ readonly kind: 'requests'; readonly what: KeyBenchRequest } & Load);

/** What a node is, a key of a volume, and such a key as an agent asks for it: it wipes its memory after each. */
export type KeyBenchRequest = 'self' | 'key' | 'agentKey';

export type Answer =
  Policies | LoadResult | (LoadResult & { readonly phases: Phases }) | readonly Heard[] | null;

const maker = await createMaker(new Date());
const first = await makeJoiner('first');
const held: AttestedClient[] = [];
const readers: AccessReader[] = [];

process.on('message', (order: Order) => {
  carryOut(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: inspect(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ answer: null });

async function carryOut(order: Order): Promise<Answer> {
  switch (order.kind) {
    case 'policies': {
      const { identity } = first.machine.tpm;
      return { first: policyFor(maker, [identity]), workers: policyFor(maker) };
    }
    case 'first':
      held.push(await holdStream(order.target, first));
      return null;
    case 'handshakes': {
      const identities = await Promise.all(Array.from({ length: order.count }, makeIdentity));
      return runLoad(order, (turn) => handshake(order.port, identities[turn]));
    }
    case 'enrolments':
      return enrolments(order);
    case 'members':
      for (const joiner of await makeJoiners(order.count)) held.push(await holdStream(order.target, joiner));
      return null;
    case 'readers':
      await startReaders(order);
      return null;
    case 'access':
      return Promise.all(readers.map((reader) => reader.until(order.revision)));
    case 'requests': {
      const ask = requestsOf(held[0])[order.what];
      return runLoad(order, async (turn) => void (await ask(turn)));
    }
  }
}

/** So many keys are asked for in turn. */
const VOLUMES = 64;

function volume(turn: number) {
  return { purpose: 'volume', id: `bench-${turn % VOLUMES}` } as const;
}

async function enrolments(order: Extract<Order, { kind: 'enrolments' }>): Promise<Answer> {
  const joiners = await makeJoiners(order.count);
  const phases: Phases[] = [];
  const result = await runLoad(order, async (turn) => {
    const joiner = joiners[turn];
    if (joiner === undefined) throw new Error('no machine left');
    phases.push(await enrol(order.target, joiner));
  });
  const median = (name: keyof Phases): number =>
    quantile(
      phases.map((times) => times[name]).sort((a, b) => a - b),
      0.5,
    );
  const medians = {
    connect: median('connect'),
    attest: median('attest'),
    prove: median('prove'),
    enrol: median('enrol'),
  };
  return { ...result, phases: medians };
}

const JOINING = 8;

async function startReaders({ target, count }: Extract<Order, { kind: 'readers' }>): Promise<void> {
  const joiners = await makeJoiners(count);
  await runLoad({ count, inFlight: JOINING }, async (turn) => {
    const joiner = joiners[turn];
    if (joiner === undefined) throw new Error('no machine left');
    const client = await join(target, joiner);
    const claims = { cluster: CLUSTER, pool: POOLS.workers.name, agentVersion: 'bench' };
    const reader = new AccessReader(client, new AgentApi(client, joiner.machine, claims));
    await reader.start();
    readers.push(reader);
  });
}

function requestsOf(client: AttestedClient | undefined) {
  if (client === undefined) throw new Error('no machine is a member yet');
  const claims = { cluster: CLUSTER, pool: POOLS.first.name, agentVersion: 'bench' };
  const agent = new AgentApi(client, first.machine, claims);
  const path = '/agent/v1/keys';
  return {
    self: () => client.call(selfSchema, { method: 'GET', path: '/agent/v1/self' }),
    key: (turn: number) => client.call(memberKeySchema, { method: 'POST', path, body: volume(turn) }),
    agentKey: (turn: number) => agent.requestKey(volume(turn)),
  } satisfies Record<KeyBenchRequest, unknown>;
}

async function holdStream(target: Target, joiner: Joiner): Promise<AttestedClient> {
  const client = await join(target, joiner);
  const events = client.stream('/agent/v1/stream');
  await events.next();
  void drain(events);
  return client;
}

async function drain(events: AsyncGenerator<unknown>): Promise<void> {
  try {
    while (!(await events.next()).done);
  } catch {
    // The API has gone, and with it the benchmark.
  }
}

function makeIdentity(): Promise<TlsIdentity> {
  return createTlsIdentity(new Date(), (length) => new Uint8Array(randomBytes(length)));
}

function makeJoiners(count: number): Promise<readonly Joiner[]> {
  return Promise.all(Array.from({ length: count }, () => makeJoiner('workers')));
}

async function makeJoiner(pool: keyof typeof POOLS): Promise<Joiner> {
  const place = { cluster: CLUSTER, pool: POOLS[pool].name };
  const [machine, identity] = await Promise.all([makeMachine(maker, place), makeIdentity()]);
  return { machine, identity };
}

/** Until the server, which has seen the client's certificate, sends its first byte. */
function handshake(port: number, identity: TlsIdentity | undefined): Promise<void> {
  if (identity === undefined) throw new Error('no identity left');
  return new Promise((settle, reject) => {
    const socket = connect({ ...tlsOptions(identity), host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      settle();
    });
  });
}
