import {
  approveSshGrant,
  createToken,
  createSshGrant,
  endSshGrant,
  listAudit,
  listSshSessions,
  readEmergencyKit,
  type AccessDocument,
  type Client,
} from '@asterism/api-client';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, curl, documentsOf, run } from './commands.ts';
import { adminOf, need, sdkOf } from './sdk.ts';
import { declare, nodeOf, SshPerson } from './ssh-client.ts';
import { until } from './until.ts';

const path = { cluster: 'local' };
const [FIRST, WORKER] = ['control-plane-1', 'workers-1'];
const REFUSED = { code: 255, stdout: '' };

let up: RunningUp;
let admin: Client;
let folder: string;
let alice: SshPerson;
let user: AccessDocument['users'][number];
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-'));
  up = await startUp({ nodes: 2 });
  admin = await adminOf(up);
  alice = await SshPerson.make(folder, 'alice');
  user = {
    ...{ name: 'alice', comment: '', publicKeys: [alice.publicKey], pools: 'all', expiresAt: null },
    ...{ principals: ['alice', 'deploy', 'root'], sudo: { kind: 'commands', commands: ['/usr/bin/id'] } },
  };
  await declare(admin, [user]);
  await alice.learnHosts(admin);
});
afterAll(async () => {
  await up.dispose();
  await rm(folder, { recursive: true, force: true });
});

const login = (machine: string, account: string, certificate: string, command?: string) =>
  alice.login(up, { machine, account, certificate, ...(command === undefined ? {} : { command }) });
const sessionsOf = async (query: { state?: 'open' | 'closed'; grant?: string }) =>
  (await need(listSshSessions({ client: admin, path, query }))).items;

describe('a person with a certificate', () => {
  it('is let in as whom it names, where it names, to a host that its authority names', async () => {
    const anywhere = await alice.certify(admin, {}, 'anywhere-cert.pub');
    for (const machine of [FIRST, WORKER]) {
      expect(await login(machine, 'alice', anywhere.certificate)).toMatchObject({
        code: 0,
        stdout: 'alice\n',
      });
    }
    expect(await login(WORKER, 'deploy', anywhere.certificate)).toMatchObject(REFUSED);
    const { name } = nodeOf(up, WORKER);
    const here = await alice.certify(admin, { principal: 'deploy', node: name }, 'here-cert.pub');
    expect(await login(WORKER, 'deploy', here.certificate)).toMatchObject({ code: 0, stdout: 'deploy\n' });
    expect(await login(FIRST, 'deploy', here.certificate)).toMatchObject(REFUSED);
  });

  it('does as root what sudo lets, and nothing else', async () => {
    const { certificate } = await alice.certify(admin, {}, 'sudo-cert.pub');
    expect((await login(WORKER, 'alice', certificate, 'sudo -n /usr/bin/id -un')).stdout).toBe('root\n');
    expect((await login(WORKER, 'alice', certificate, 'sudo -n /usr/bin/cat /etc/shadow')).code).not.toBe(0);
  });

  it('is root only with a second person, who is not himself', async () => {
    const body = { publicKey: alice.publicKey, principal: 'root', reason: 'end to end' };
    const grant = await need(createSshGrant({ client: admin, path, body }));
    expect(grant.state).toBe('waiting');
    const of = { ...path, grant: grant.id };
    const approval = { fingerprint: grant.fingerprint };
    const own = await approveSshGrant({ client: admin, path: of, body: approval });
    expect((own.error as { code?: string }).code).toBe('ssh-second-person');
    const { secret } = await need(
      createToken({
        client: admin,
        body: { name: 'second', bindings: [{ role: 'admin', clusterId: null }], expiresIn: 3_600 },
      }),
    );
    const second = await sdkOf(up.ready, secret);
    expect(await need(approveSshGrant({ client: second, path: of, body: approval }))).toMatchObject({
      state: 'active',
    });
    const certificate = await alice.certifyGrant(admin, grant.id, 'root-cert.pub');
    expect(await login(WORKER, 'root', certificate)).toMatchObject({ code: 0, stdout: 'root\n' });
  });

  it('is seen, and is out within ten seconds of the end of the grant', async () => {
    const { grant, certificate } = await alice.certify(admin, {}, 'ended-cert.pub');
    const client = alice.stay(up, { machine: WORKER, account: 'alice', certificate });
    const ended = once(client, 'exit');
    try {
      const [open] = await until('the session is seen', async () => {
        const open = await sessionsOf({ state: 'open', grant: grant.id });
        return open.length > 0 && open;
      });
      expect(open).toMatchObject({ user: 'alice', account: 'alice', grantId: grant.id, emergency: false });
      const began = Date.now();
      await need(
        endSshGrant({ client: admin, path: { ...path, grant: grant.id }, body: { reason: 'enough' } }),
      );
      await ended;
      expect(Date.now() - began).toBeLessThan(10_000);
      expect(await login(WORKER, 'alice', certificate)).toMatchObject(REFUSED);
      const [closed] = await until('the end is seen', async () => {
        const all = await sessionsOf({ state: 'closed', grant: grant.id });
        return all.length > 0 && all;
      });
      expect(closed).toMatchObject({ id: open?.id, closeReason: 'ended' });
    } finally {
      client.kill();
    }
  });

  it('has no account any more within ten seconds of being removed, and one again when declared', async () => {
    const { certificate } = await alice.certify(admin, {}, 'removed-cert.pub');
    expect(await declare(admin, [])).toBeLessThan(10_000);
    for (const account of ['alice', 'deploy', 'root']) {
      expect(await login(WORKER, account, certificate)).toMatchObject(REFUSED);
    }
    const passwd = await readFile(join(up.data, `machines/${WORKER}/system/etc/passwd`), 'utf8');
    expect(passwd).not.toMatch(/^(?:alice|deploy):/m);
    await declare(admin, [user]);
    // What was revoked stays so: the grant ended with the user.
    expect(await login(WORKER, 'alice', certificate)).toMatchObject(REFUSED);
    const again = await alice.certify(admin, {}, 'again-cert.pub');
    expect(await login(WORKER, 'alice', again.certificate)).toMatchObject({ code: 0 });
  });
});

describe('when the API is gone', () => {
  let earlier: string;
  let launcher: number;
  /** As `ssh-emergency` prints it. */
  let breakGlass: string;

  beforeAll(async () => {
    const recipients: string[] = [];
    for (const name of ['Ada', 'Grace', 'Emmy']) {
      await run('age-keygen', ['-o', file(`${name}.key`)]);
      recipients.push(`${name}=${(await run('age-keygen', ['-y', file(`${name}.key`)])).stdout.trim()}`);
    }
    await writeFile(file('people'), recipients.join('\n'));
    const issue = ['recovery', 'issue', '--cluster', 'local', '--threshold', '2', '--reason', 'first'];
    const issued = await cli(up.readyFile, ...issue, '--recipients', file('people'), '--out', file('shares'));
    expect([issued.code, issued.stderr]).toEqual([0, expect.anything()]);
    await writeFile(file('kit.json'), JSON.stringify(await need(readEmergencyKit({ client: admin, path }))));
    await declare(admin, [user], { offlineSeconds: 60 });
    ({ certificate: earlier } = await alice.certify(admin, {}, 'earlier-cert.pub'));
    launcher = await stopApi();
  });
  afterAll(() => process.kill(launcher, 'SIGCONT'));

  it('a node that starts lets in whom it remembers, from what its TPM opens', async () => {
    const principals = join(up.data, `machines/${WORKER}/system/etc/ssh/asterism/principals/alice`);
    const bootOf = async () => {
      const status = await readFile(join(up.data, `machines/${WORKER}/status.json`), 'utf8');
      return (JSON.parse(status) as { boot: string }).boot;
    };
    const before = await bootOf();
    await rm(principals);
    process.kill(nodeOf(up, WORKER).pid, 'SIGUSR2');
    await until('the machine has started again', async () => (await bootOf()) !== before);
    await until('the file is there again', () => readFile(principals, 'utf8').catch(() => null));
    const entered = await until('alice is let in', async () => {
      const ended = await login(WORKER, 'alice', earlier);
      return ended.code === 0 && ended;
    });
    expect(entered.stdout).toBe('alice\n');
  });

  it('two people of three break the glass, for root alone', async () => {
    const shares = ['ada', 'emmy'].flatMap((name) => ['--share', file(`shares/local-${name}.age`)]);
    const identities = ['Ada', 'Emmy'].flatMap((name) => ['--identity', file(`${name}.key`)]);
    const made = await run('./asterism', [
      ...['--no-install', 'ssh-emergency', '--json', '--kit', file('kit.json'), ...shares, ...identities],
      ...['--public-key', `${alice.keyFile}.pub`, '--person', 'ada', '--reason', 'the API is gone'],
      ...['--out', file('emergency-cert.pub')],
    ]);
    expect([made.code, made.stderr]).toEqual([0, '']);
    const [{ commands }] = documentsOf(made) as [{ commands: { node: string; command: string }[] }];
    breakGlass = commands.find(({ node }) => node === nodeOf(up, WORKER).name)?.command ?? '';
    expect(await run('sh', ['-c', `${breakGlass} id -un`])).toMatchObject({ code: 0, stdout: 'root\n' });
    expect(await login(WORKER, 'alice', file('emergency-cert.pub'))).toMatchObject(REFUSED);
  });

  it('nobody else is let in once the node has heard nothing for too long', async () => {
    const isRefused = async () => {
      // Each try that succeeds is a session more to be reported.
      await delay(3_000);
      return (await login(WORKER, 'alice', earlier)).code === 255;
    };
    await until('alice is refused', isRefused, 75);
    expect(await run('sh', ['-c', `${breakGlass} id -un`])).toMatchObject({ code: 0, stdout: 'root\n' });
  });

  it('hears of it all when it is back, and lets in again', async () => {
    process.kill(launcher, 'SIGCONT');
    await until('the API is back', async () => {
      return (await curl(up.ready, '/health/ready').catch(() => ({ status: 0 }))).status === 200;
    });
    // The API's record of the node is older than its being away: it says nothing about when the node hears from it.
    await until('alice is let in', async () => (await login(WORKER, 'alice', earlier)).code === 0);
    const records = await until('the emergency is recorded', async () => {
      const { items } = await need(listAudit({ client: admin, query: { limit: 200 } }));
      const loud = items.filter(({ action }) => action === 'ssh-session.opened-in-emergency');
      return loud.length >= 2 && loud;
    });
    expect(records[0]?.details).toMatchObject({ user: 'ada', account: 'root', doubt: null });
    const sessions = (await sessionsOf({})).filter(({ emergency }) => emergency);
    expect(sessions.map(({ closedAt }) => closedAt !== null)).toEqual([true, true]);
  });
});

/** It does not come back by itself. @returns its launcher, to be continued */
async function stopApi(): Promise<number> {
  const { pid } = JSON.parse(await readFile(join(up.data, 'run/api-ready.json'), 'utf8')) as { pid: number };
  const parent = Number(/^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  process.kill(parent, 'SIGSTOP');
  process.kill(pid, 'SIGKILL');
  return parent;
}
