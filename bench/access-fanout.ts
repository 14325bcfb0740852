import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { applyAccess, readAccess, type AccessDocument } from '@asterism/api-client';
import { formatPublicKey, toSshPublicKey } from '@asterism/ssh';
import { dataOf } from '../apps/cli/src/connection/client.ts';
import type { Heard } from './access-readers.ts';
import { prepareCluster, startApi, type ApiUnderTest, type Policies } from './api-under-test.ts';
import { Child } from './child.ts';
import { quantile } from './load.ts';
import { CLUSTER } from './place.ts';
import { memoryOf } from './processes.ts';
import { round } from './report.ts';

const USERS = 500;
const SETTLE_MS = 5_000;
const SAMPLE_MS = 50;
const AIM_SECONDS = 10;

/**
 * A change of 500 users across so many members, on real attested connections, from the operator's request until each has
 * read it, had its host key certified again and reported what is in force; memory of the API before it and while it goes on.
 */
export async function measureFanOut(nodes: number) {
  await using processes = new AsyncDisposableStack();
  const { child } = await Child.start('clients.ts');
  const clients = processes.use(child);
  const api = processes.use(await startApi());
  const target = { url: api.nodeUrl, spkiSha256: api.identityKeySpki };
  await prepareCluster(api, await clients.ask<Policies>({ kind: 'policies' }));
  await clients.ask({ kind: 'first', target });
  await clients.ask({ kind: 'readers', target, count: nodes });
  await delay(SETTLE_MS);
  const changes = [];
  for (const command of ['/usr/bin/true', '/usr/bin/id']) {
    changes.push(await measureChange(api, clients, command));
    await delay(SETTLE_MS);
  }
  return { nodes, users: USERS, changes };
}

async function measureChange(api: ApiUnderTest, clients: Child, command: string) {
  const { client, pid } = api;
  const path = { cluster: CLUSTER };
  const { revision, policy } = await dataOf(readAccess({ client, path }));
  const body: AccessDocument = { schema: 'asterism/access/v1', policy, users: usersWith(command) };
  const before = (await memoryOf(pid)).resident;
  let most = before;
  const sampling = setInterval(() => {
    void memoryOf(pid).then(({ resident }) => (most = Math.max(most, resident)));
  }, SAMPLE_MS);
  const began = Date.now();
  const applied = await dataOf(applyAccess({ client, path, body, headers: { 'If-Match': `"${revision}"` } }));
  const answered = Date.now();
  const heard = await clients.ask<readonly Heard[]>({ kind: 'access', revision: applied.revision });
  clearInterval(sampling);
  const secondsOf = (times: readonly number[]) =>
    times.map((time) => (time - began) / 1_000).sort((a, b) => a - b);
  const [read, reported] = [
    secondsOf(heard.map((each) => each.read)),
    secondsOf(heard.map((each) => each.reported)),
  ];
  return {
    appliedSeconds: round((answered - began) / 1_000, 2),
    readP50Seconds: round(quantile(read, 0.5), 2),
    readByAllSeconds: round(quantile(read, 1), 2),
    readOfAim: round(quantile(read, 1) / AIM_SECONDS, 2),
    reportedByAllSeconds: round(quantile(reported, 1), 2),
    apiBeforeMiB: round(before),
    apiMostMiB: round(most),
  };
}

function usersWith(command: string): AccessDocument['users'] {
  return Array.from({ length: USERS }, (_, n) => {
    const name = `user-${n}`;
    const key = formatPublicKey(toSshPublicKey(generateKeyPairSync('ed25519').privateKey));
    return {
      ...{ name, comment: '', publicKeys: [key], principals: [name, 'deploy'], pools: 'all' as const },
      ...{ sudo: { kind: 'commands' as const, commands: [command] }, expiresAt: null },
    };
  });
}
