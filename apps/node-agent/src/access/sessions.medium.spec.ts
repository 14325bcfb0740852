import { EMERGENCY_PRINCIPAL } from '@asterism/ssh';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
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

  it('are closed with what starts itself anew and ends the one before, without end', async () => {
    // Each lives for 5 ms: whoever is in a list of processes is gone when a signal is sent to him.
    const alive = '/run/alive';
    const life = `open my $file, ">>", "${alive}"; print $file "."; close $file; select(undef, undef, undef, 0.005)`;
    const restless = `setsid perl -e 'while (1) { ${life}; exit if fork }' </dev/null >/dev/null 2>&1 &`;
    await writeFile(node.machine.path(alive), '');
    await chmod(node.machine.path(alive), 0o666);
    expect((await node.login({ account: 'alice', command: restless })).code).toBe(0);
    const isRunning = async () => {
      const { size } = await stat(node.machine.path(alive));
      await wait(200);
      return (await stat(node.machine.path(alive))).size > size;
    };
    expect(await isRunning()).toBe(true);
    await agent.bringAbout(node.state([bob]));
    expect((await node.machine.run('id', 'alice')).code).toBe(1);
    expect(await isRunning()).toBe(false);
  });

  describe('that are over', () => {
    const seconds = () => Date.now() / 1_000;
    /** What is left goes on; the session does not. */
    const leave = (word: string) =>
      `setsid sh -c 'sleep 300; : ${word}' </dev/null >/dev/null 2>&1 & echo left`;
    const isThere = async (word: string) =>
      (await node.machine.run('pgrep', '--full', `sleep 300; : ${word}`)).code === 0;
    const isGone = (path: string) =>
      stat(node.machine.path(path)).then(
        () => false,
        () => true,
      );
    async function comeAndGo(account: string, until: number, command: string): Promise<void> {
      const known = agent.opened(account).length;
      expect((await node.login({ account, keyId: keyId(until), command })).stdout).toBe('left');
      const { session } = await agent.until(() => agent.opened(account)[known]);
      await agent.until(() => agent.closed(session));
    }

    it('leave nothing behind that would go on after their grant', async () => {
      const until = Math.floor(seconds()) + 8;
      const uidOf = async (name: string) => Number((await node.machine.run('id', '-u', name)).stdout);
      const uids = { alice: await uidOf('alice'), bob: await uidOf('bob') };
      const table = (name: string) => `/var/spool/cron/crontabs/${name}`;
      const job = (name: string) => `/var/spool/cron/atjobs/${name}`;
      await mkdir(node.machine.path('/var/spool/cron/crontabs'), { recursive: true });
      await mkdir(node.machine.path('/var/spool/cron/atjobs'), { recursive: true });
      for (const name of ['alice', 'bob'] as const) {
        for (const path of [table(name), job(name)]) {
          await writeFile(node.machine.path(path), '');
          await chown(node.machine.path(path), uids[name], uids[name]);
        }
      }
      // One that is seen while it is open.
      await comeAndGo('alice', until, `${leave('alice')}; sleep 1.5`);
      await comeAndGo('bob', 4_000_000_000, leave('bob'));
      await agent.bringAbout(node.state([alice, bob]));
      expect([await isThere('alice'), await isThere('bob')]).toEqual([true, true]);
      while (await isThere('alice')) await wait(200);
      expect(seconds()).toBeGreaterThanOrEqual(until);
      while (!(await isGone(job('alice')))) await wait(50);
      const files = [table('alice'), table('bob'), job('bob')];
      expect(await Promise.all(files.map(isGone))).toEqual([true, false, false]);
      expect(await isThere('bob')).toBe(true);
    }, 30_000);

    it('leave what they left to the last grant of their account', async () => {
      const first = Math.floor(seconds()) + 5;
      const last = first + 6;
      await comeAndGo('alice', first, leave('first'));
      await comeAndGo('alice', last, leave('last'));
      while (seconds() < first) await wait(50);
      await agent.bringAbout(node.state([alice, bob]));
      expect([await isThere('first'), await isThere('last')]).toEqual([true, true]);
      while (await isThere('last')) await wait(200);
      expect(seconds()).toBeGreaterThanOrEqual(last);
      while (await isThere('first')) await wait(50);
    }, 30_000);
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

  it('are told of once they can be remembered again', async () => {
    const inTheWay = node.machine.path('/run/asterism-state/ssh-sessions.json.new');
    await mkdir(inTheWay);
    await node.login({ account: 'bob', serial: 904n, keyId: keyId(4_000_000_000) });
    await wait(1_500);
    await rmdir(inTheWay);
    await node.login({ account: 'bob', serial: 905n, keyId: keyId(4_000_000_000) });
    const serials = () => agent.opened('bob').map(({ certificate }) => certificate?.serial);
    await agent.until(() => (serials().includes('905') ? true : undefined));
    expect(serials().filter((serial) => serial === '904' || serial === '905')).toEqual(['904', '905']);
    const sessions = agent.opened('bob').slice(-2);
    for (const { session } of sessions) await agent.until(() => agent.closed(session));
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
