/**
 * `asterism bench memory [--count N] [--json]`: resident memory of idle agents of a real `up`, and of the API with N (100)
 * members that hold their streams.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { prepareCluster, startApi, type Policies } from './api-under-test.ts';
import { Child } from './child.ts';
import type { Target } from './enrol.ts';
import { measureIdleAgents } from './idle-agents.ts';
import { memoryOf } from './processes.ts';
import { print, readOptions, round } from './report.ts';

const AGENTS = 2;
const IDLE_MS = 20_000;
const AIM_MIB = { agent: 90, api: 250 };

const { count, json } = readOptions({ count: 100 });
const agents = await measureIdleAgents(AGENTS, IDLE_MS);

await using processes = new AsyncDisposableStack();
const { child } = await Child.start('clients.ts');
const clients = processes.use(child);
const api = processes.use(await startApi());
const idle = await memoryOf(api.pid);
const target: Target = { url: api.nodeUrl, spkiSha256: api.identityKeySpki };
await prepareCluster(api, await clients.ask<Policies>({ kind: 'policies' }));
await clients.ask({ kind: 'first', target });
await clients.ask({ kind: 'members', target, count: count - 1 });
await delay(IDLE_MS);
const connected = await memoryOf(api.pid);

print(json, 'memory', {
  agentMiB: agents.map((resident) => round(resident)),
  agentOfAim: round(Math.max(...agents) / AIM_MIB.agent, 2),
  apiMiB: round(idle.resident),
  members: count,
  apiWithMembersMiB: round(connected.resident),
  apiPeakMiB: round(connected.peak),
  apiOfAim: round(connected.resident / AIM_MIB.api, 2),
});
