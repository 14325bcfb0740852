import { EMERGENCY_PRINCIPAL } from '@asterism/ssh';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessMachine, type Login } from '../testing/access-machine.ts';
import { ControlledNode } from '../testing/controlled-node.ts';

const NONE = { kind: 'none' } as const;
const alice = { name: 'alice', sudo: NONE, until: null };
const bob = { name: 'bob', sudo: NONE, until: null };
const keyId = (until: number) => `asterism:production:alice:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11:${until}`;

let node: AccessMachine;
let agent: ControlledNode;
const clients: ChildProcess[] = [];
beforeAll(async () => {
  node = await AccessMachine.start();
  agent = await ControlledNode.start(node);
}, 30_000);
afterAll(async () => {
  clients.forEach((client) => client.kill('SIGKILL'));
  await agent.stop();
  await node.stop();
});

/** A session that goes on until it is ended. */
async function stay({
  account,
  ...login
}: Login): Promise<{ client: ChildProcess; ended: Promise<unknown> }> {
  const file = await node.certificate({ principals: [`${account}@pool.workers`], ...login });
  const known = agent.opened(account).length;
  const client = spawn('ssh', [
    ...['-F', 'none', '-p', String(node.machine.port), '-o', 'BatchMode=yes', ...node.clientOptions(file)],
    ...[`${account}@127.0.0.1`, '--', 'sleep 300 & sleep 300'],
  ]);
  clients.push(client);
  await agent.until(() => agent.opened(account)[known]);
  return { client, ended: once(client, 'exit') };
}

const latest = (account: string) => agent.opened(account).at(-1);

async function endsWithin(ended: Promise<unknown>, milliseconds: number): Promise<void> {
  const timer = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the session goes on after ${milliseconds} ms`)), milliseconds).unref();
  });
  await Promise.race([ended, timer]);
}

describe('sessions of sshd', () => {
  beforeEach(async () => {
    await agent.bringAbout(node.state([alice, bob]));
  });

  it('are told with who, by which certificate and from where, when they begin and when they end', async () => {
    const { code } = await node.login({ account: 'alice', serial: 77n, keyId: keyId(4_000_000_000) });
    expect(code).toBe(0);
    const opened = await agent.until(() => latest('alice'));
    expect(opened).toMatchObject({
      ...{ account: 'alice', method: 'certificate', source: '127.0.0.1' },
      certificate: {
        ...{ keyId: keyId(4_000_000_000), serial: '77' },
        ...{ fingerprint: await node.fingerprint(), authority: node.user.fingerprint },
      },
    });
    expect(await agent.until(() => agent.closed(opened.session))).toMatchObject({ reason: 'logout' });
  });

  it('are closed when their user is removed, with what they had started', async () => {
    const { ended } = await stay({ account: 'alice' });
    const session = latest('alice')?.session ?? '';
    await agent.bringAbout(node.state([bob]));
    await endsWithin(ended, 8_000);
    expect(await agent.until(() => agent.closed(session))).toMatchObject({ reason: 'ended' });
    expect((await node.machine.run('id', 'alice')).code).toBe(1);
    const { from, to } = node.machine.uids;
    const running = `ps -eo uid,stat,args | awk '$1>=${from} && $1<=${to} && $2 !~ /^Z/'`;
    const left = await node.machine.run('sh', '-c', running);
    expect(left.stdout).toBe('');
  });

  it.each([
    [
      'their certificate is revoked',
      async () => node.state([alice, bob], { revocationList: node.revocationList([901n]) }),
    ],
    [
      'their key is revoked',
      async () =>
        node.state([alice, bob], { revocationList: node.revocationList([], [await node.fingerprint()]) }),
    ],
    [
      'their authority is revoked',
      async () =>
        node.state([alice, bob], { revocationList: node.revocationList([], [node.user.fingerprint]) }),
    ],
    ['their authority is not trusted any more', async () => node.state([alice, bob], { authorities: [] })],
  ])('are closed when %s', async (_, next) => {
    const { ended } = await stay({ account: 'alice', serial: 901n, keyId: keyId(4_000_000_000) });
    await agent.bringAbout(await next());
    await endsWithin(ended, 8_000);
  });

  it('go on where something else is revoked, and end with the time of their grant', async () => {
    const until = Math.floor(Date.now() / 1_000) + 4;
    const { client, ended } = await stay({ account: 'alice', serial: 902n, keyId: keyId(until) });
    await agent.bringAbout(node.state([alice, bob], { revocationList: node.revocationList([901n]) }));
    expect(client.exitCode).toBeNull();
    await endsWithin(ended, 12_000);
    expect(Date.now() / 1_000).toBeGreaterThanOrEqual(until);
  });

  it('of an emergency are told as such and are not ended with the rest', async () => {
    const emergency = { authority: node.emergency, keyId: 'asterism-emergency:production:grace:1795590000' };
    const { client } = await stay({ account: 'root', principals: [EMERGENCY_PRINCIPAL], ...emergency });
    expect(latest('root')).toMatchObject({ certificate: { authority: node.emergency.fingerprint } });
    await agent.bringAbout(node.state([bob]));
    expect(client.exitCode).toBeNull();
    client.kill();
  });

  it('are told once the API is back, also of an agent that was killed meanwhile', async () => {
    agent.say(null);
    const before = agent.sessions.length;
    await node.login({ account: 'bob', serial: 903n, keyId: keyId(4_000_000_000) });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(agent.sessions.length).toBe(before);
    await agent.kill();
    agent = await ControlledNode.start(node);
    await agent.bringAbout(node.state([alice, bob]));
    const opened = await agent.until(() =>
      agent.opened('bob').find(({ certificate }) => certificate?.serial === '903'),
    );
    expect(await agent.until(() => agent.closed(opened.session))).toBeDefined();
    expect(agent.opened('bob').filter(({ certificate }) => certificate?.serial === '903')).toHaveLength(1);
  });
});
