/**
 * `asterism bench joins [--count N] [--json]`: full enrolments a second on the real API with its embedded database, beside
 * bare mutual TLS 1.3 handshakes of the same client; memory as enrolments go on; where the time goes. Client and servers
 * are processes of their own.
 */
import { readMetrics } from '@asterism/api-client';
import { dataOf } from '../apps/cli/src/connection/client.ts';
import { prepareCluster, startApi, type ApiUnderTest, type Policies } from './api-under-test.ts';
import { Child } from './child.ts';
import type { Target } from './enrol.ts';
import type { LoadResult } from './load.ts';
import { cpuOf, cpuOfAll, memoryOf } from './processes.ts';
import { print, readOptions, round } from './report.ts';

const IN_FLIGHT = 8;
const WARM_UP = 200;
const SLICES = 8;
const ALONE = 200;
const HANDSHAKES = 2_000;

type EnrolmentResult = LoadResult & { readonly phases: Readonly<Record<string, number>> };

const { count, json } = readOptions({ count: 2_000 });
await using processes = new AsyncDisposableStack();
const { child: clients } = await Child.start('clients.ts');
processes.use(clients);

const handshakes = await measureHandshakes();
const api = processes.use(await startApi());
const target: Target = { url: api.nodeUrl, spkiSha256: api.identityKeySpki };
await prepareCluster(api, await clients.ask<Policies>({ kind: 'policies' }));
await clients.ask({ kind: 'first', target });
await enrol(WARM_UP, IN_FLIGHT);

const before = await usageOf(api);
const slices: (LoadResult & { readonly memory: number })[] = [];
for (let slice = 0; slice < SLICES; slice++) {
  const result = await enrol(Math.ceil(count / SLICES), IN_FLIGHT);
  slices.push({ ...result, memory: (await memoryOf(api.pid)).resident });
}
const after = await usageOf(api);
const { peak } = await memoryOf(api.pid);
const done = Math.ceil(count / SLICES) * SLICES;
const seconds = slices.reduce((sum, slice) => sum + slice.seconds, 0);
const alone = await enrol(ALONE, 1);

print(json, 'joins', {
  enrolments: done,
  enrolmentsPerSecond: round(done / seconds),
  p50Milliseconds: round(medianOf(slices.map(({ p50 }) => p50))),
  p99Milliseconds: round(Math.max(...slices.map(({ p99 }) => p99))),
  bareHandshakesPerSecond: round(handshakes.perSecond),
  bareHandshakeP50Milliseconds: round(handshakes.p50, 2),
  ratio: round(done / seconds / handshakes.perSecond, 3),
  apiPeakMiB: round(peak),
  apiResidentMiB: slices.map(({ memory }) => round(memory)),
  growthMiBPerThousand: round(growthOf(slices.map(({ memory }) => memory)) * (1000 / (done / SLICES)), 2),
  cpuMillisecondsPerEnrolment: {
    api: round((after.api - before.api) / done, 2),
    postgresql: round((after.database - before.database) / done, 2),
    handshakeOnServer: round(handshakes.serverCpu, 2),
  },
  oneAtATimeMilliseconds: Object.entries(alone.phases).map(([phase, time]) => ({
    phase,
    p50: round(time, 2),
  })),
  insideTheApiMilliseconds: operationsOf(before.operations, after.operations),
});

function enrol(times: number, inFlight: number): Promise<EnrolmentResult> {
  return clients.ask({ kind: 'enrolments', target, count: times, inFlight });
}

async function measureHandshakes(): Promise<LoadResult & { readonly serverCpu: number }> {
  await using stack = new AsyncDisposableStack();
  const { child, ready } = await Child.start('bare-tls-server.ts');
  const server = stack.use(child);
  const order = { kind: 'handshakes', port: Number(ready), inFlight: IN_FLIGHT };
  await clients.ask({ ...order, count: WARM_UP });
  const used = await cpuOf(server.pid);
  const result = await clients.ask<LoadResult>({ ...order, count: HANDSHAKES });
  return { ...result, serverCpu: ((await cpuOf(server.pid)) - used) / HANDSHAKES };
}

interface Usage {
  readonly api: number;
  readonly database: number;
  /** Operation → how often and how long, in seconds. */
  readonly operations: ReadonlyMap<string, { readonly count: number; readonly sum: number }>;
}

async function usageOf({ pid, directory, client }: ApiUnderTest): Promise<Usage> {
  const [api, database, metrics] = await Promise.all([
    cpuOf(pid),
    cpuOfAll((command) => command.includes(directory) || command.startsWith('postgres:')),
    dataOf(readMetrics({ client })),
  ]);
  return { api, database, operations: parseOperations(String(metrics)) };
}

function parseOperations(metrics: string): Usage['operations'] {
  const found = new Map<string, { count: number; sum: number }>();
  const line =
    /^asterism_http_request_duration_seconds_(count|sum)\{([^}]*listener="node"[^}]*)\} ([\d.e+-]+)$/gm;
  for (const [, field, labels = '', value] of metrics.matchAll(line)) {
    const operation = /operation="([^"]*)"/.exec(labels)?.[1] ?? '';
    const entry = found.get(operation) ?? { count: 0, sum: 0 };
    entry[field as 'count' | 'sum'] += Number(value);
    found.set(operation, entry);
  }
  return found;
}

function operationsOf(from: Usage['operations'], to: Usage['operations']) {
  return [...to].flatMap(([operation, { count: times, sum }]) => {
    const start = from.get(operation) ?? { count: 0, sum: 0 };
    const done = times - start.count;
    return done === 0 ? [] : [{ operation, times: done, mean: round((1000 * (sum - start.sum)) / done, 2) }];
  });
}

/** Least-squares slope a slice, over the second half: the first fills caches and pools. */
function growthOf(memory: readonly number[]): number {
  const half = memory.slice(Math.floor(memory.length / 2));
  const middle = (half.length - 1) / 2;
  const mean = half.reduce((sum, value) => sum + value, 0) / half.length;
  const [above, below] = half.reduce(
    ([a, b], value, i) => [a + (i - middle) * (value - mean), b + (i - middle) ** 2],
    [0, 0],
  );
  return above / below;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
