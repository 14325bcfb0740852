import type { CreateClusterKeys } from '@asterism/api-client';
import { prepareCluster, type ApiUnderTest, type Policies } from './api-under-test.ts';
import { Child } from './child.ts';
import type { KeyBenchRequest } from './clients.ts';
import type { LoadResult } from './load.ts';
import { round } from './report.ts';
import { median } from './signature-ratio.ts';

const ROUNDS = 5;
const COUNT = 2_000;
const IN_FLIGHT = 8;

/**
 * Keys that a member asks for on its attested connection, beside `GET /agent/v1/self`, the cheapest request there is:
 * authenticated and answered from memory, it reads no key and writes nothing. Keys that were never made are made before.
 */
export async function measureKeyRequests(api: ApiUnderTest, keys: CreateClusterKeys) {
  await using stack = new AsyncDisposableStack();
  const { child } = await Child.start('clients.ts');
  const clients = stack.use(child);
  await prepareCluster(api, await clients.ask<Policies>({ kind: 'policies' }), keys);
  const target = { url: api.nodeUrl, spkiSha256: api.identityKeySpki };
  await clients.ask({ kind: 'first', target });
  const ask = (what: KeyBenchRequest) =>
    clients.ask<LoadResult>({ kind: 'requests', what, count: COUNT, inFlight: IN_FLIGHT });
  await ask('self');
  await ask('key');
  const [empty, given]: [LoadResult[], LoadResult[]] = [[], []];
  for (let turn = 0; turn < ROUNDS; turn++) {
    empty.push(await ask('self'));
    given.push(await ask('key'));
  }
  const asAgent = await ask('agentKey');
  const [perSecond, emptyPerSecond] = [given, empty].map((all) => median(all.map((each) => each.perSecond)));
  return {
    mode: keys.mode,
    keysPerSecond: round(perSecond ?? 0, 0),
    p50Milliseconds: round(median(given.map(({ p50 }) => p50)), 2),
    emptyPerSecond: round(emptyPerSecond ?? 0, 0),
    agentPerSecond: round(asAgent.perSecond, 0),
    ratio: round((perSecond ?? 0) / (emptyPerSecond ?? 1), 2),
  };
}
