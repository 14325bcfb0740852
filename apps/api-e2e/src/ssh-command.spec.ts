import {
  createToken,
  listAudit,
  listSshGrants,
  listSshSessions,
  readPolicy,
  type Client,
} from '@asterism/api-client';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, type Ended } from './commands.ts';
import { adminOf, need } from './sdk.ts';
import { SshPerson, untilInForce } from './ssh-client.ts';
import { until } from './until.ts';

const path = { cluster: 'local' };
const WORKSPACE = resolve(import.meta.dirname, '../../..');

let up: RunningUp;
let admin: Client;
let folder: string;
let agent: ChildProcess;
let alice: SshPerson;
let stranger: SshPerson;
let node: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-'));
  up = await startUp({ nodes: 1 });
  admin = await adminOf(up);
  node = up.ready.nodes[0]?.name ?? '';
  [alice, stranger] = [await SshPerson.make(folder, 'alice'), await SshPerson.make(folder, 'stranger')];
  agent = spawn('ssh-agent', ['-D', '-a', file('agent')], { stdio: 'ignore' });
  // A key that nobody declares comes first in the agent.
  await until('the agent has both keys', async () => {
    const { code } = await run('env', [
      `SSH_AUTH_SOCK=${file('agent')}`,
      'ssh-add',
      '-q',
      stranger.keyFile,
      alice.keyFile,
    ]);
    return code === 0 || undefined;
  });
  await writeFile(file('access.yaml'), accessFile('alice, root'));
});
afterAll(async () => {
  agent.kill();
  await up.dispose();
  await rm(folder, { recursive: true, force: true });
});

function accessFile(principals: string): string {
  return `# Who may log in.
schema: asterism/access/v1
policy:
  authority: ed25519
  certificateSeconds: { default: 600, longest: 3600 }
  grantSeconds: 7200
  sessions: end-with-grant
  reason: required
  sourceAddresses: optional
  approval: [root]
  offlineSeconds: 86400
  hostCertificateSeconds: 86400
users:
  - name: alice
    publicKeys:
      - ${alice.publicKey}
    principals: [${principals}]
    sudo: { kind: commands, commands: [/usr/bin/id] }
    pools: all
    expiresAt: null
`;
}

/** The command line of somebody whose keys are in the agent, and nowhere else. */
const WITH = (): string[] => [
  `SSH_AUTH_SOCK=${file('agent')}`,
  './asterism',
  '--no-install',
  '--ready-file',
  up.readyFile,
];
const asterism = (...args: readonly string[]): Promise<Ended> => run('env', [...WITH(), ...args]);
const grants = async () => (await need(listSshGrants({ client: admin, path }))).items;

describe('asterism access', () => {
  it('names line and field of what is wrong in a file', async () => {
    await writeFile(file('wrong.yaml'), accessFile('"*"'));
    const ended = await asterism('access', 'plan', '-f', file('wrong.yaml'));
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/line 17: users\.0\.principals\.0:/);
  });

  it('shows what a file changes, and changes it only when told to', async () => {
    const plan = await asterism('access', 'plan', '-f', file('access.yaml'));
    expect(plan.code).toBe(1);
    expect(plan.stdout).toMatch(/^\+ user alice$/m);
    expect(plan.stdout).toMatch(/^ {4}principals: \["alice","root"\]$/m);
    const asked = await run('env', [...WITH(), 'access', 'apply', '-f', file('access.yaml')], 'n\n');
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('nothing was changed')]);
    expect((await asterism('access', 'users')).stdout).toContain('nobody is declared');
    expect(await asterism('access', 'apply', '-f', file('access.yaml'), '--yes')).toMatchObject({ code: 0 });
    expect(await asterism('access', 'plan', '-f', file('access.yaml'))).toMatchObject({ code: 0 });
    await untilInForce(admin);
    expect((await asterism('access', 'nodes')).stdout).toMatch(new RegExp(`${node} +in-force`));
  });
});

describe('asterism ssh', () => {
  const login = (...args: readonly string[]) => asterism('ssh', '--reason', 'end to end', ...args);

  it('takes the declared key of the agent, and passes on output and exit code', async () => {
    expect(await login(node, '--', 'id', '-un')).toMatchObject({ code: 0, stdout: 'alice\n' });
    expect((await login(node, '--', 'sudo -n /usr/bin/id -un; exit 7')).code).toBe(7);
    // What comes after `--` is the node's, whatever it looks like.
    expect((await login(node, '--', 'echo', '--json', '--debug')).stdout).toBe('--json --debug\n');
    const [grant] = await grants();
    const open = () => listSshSessions({ client: admin, path, query: { grant: grant?.id ?? '' } });
    const [session] = await until('the session is seen', async () => {
      const { items } = await need(open());
      return items.length > 0 && items;
    });
    expect(session).toMatchObject({ user: 'alice', account: 'alice', source: '127.0.0.1' });
    const { items } = await need(listAudit({ client: admin }));
    expect(JSON.stringify(items.filter(({ action }) => action.startsWith('ssh-session')))).toContain(
      grant?.id,
    );
  });

  it('S07 connects after verifying the node by a policy of one’s own, to the host key that it proves', async () => {
    const { document } = await need(
      readPolicy({ client: admin, path: { ...path, pool: 'control-plane', version: 1 } }),
    );
    await writeFile(file('policy.json'), JSON.stringify(document));
    const verified = await login('--verify', '--policy', file('policy.json'), node, '--', 'id', '-un');
    expect(verified).toMatchObject({ code: 0, stdout: 'alice\n' });
    expect(verified.stderr).toContain('accepted, verified here');
    if (document.variant !== 'tpm') throw new Error(document.variant);
    const pcr = document.tpm.pcrs['4'];
    if (pcr === undefined) throw new Error('the policy does not compare PCR 4');
    pcr.values = [{ digest: 'ab'.repeat(32), comment: 'another agent' }];
    await writeFile(file('other.json'), JSON.stringify(document));
    const before = (await grants()).length;
    const refused = await login('--verify', '--policy', file('other.json'), node, '--', 'id', '-un');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect((await grants()).length).toBe(before);
    const unasked = await login('--policy', file('policy.json'), node, '--', 'id', '-un');
    expect(unasked).toMatchObject({ code: 2, stdout: '' });
  });

  it('runs what was forced and nothing else, and only from where it was said', async () => {
    const forced = await login('--force-command', 'id -un', node, '--', 'echo', 'something', 'else');
    expect(forced).toMatchObject({ code: 0, stdout: 'alice\n' });
    const here = await login('--source-address', '127.0.0.0/8', node, '--', 'echo', 'here');
    expect(here).toMatchObject({ code: 0, stdout: 'here\n' });
    const elsewhere = await login('--source-address', '192.0.2.0/24', node, '--', 'echo', 'here');
    expect(elsewhere).toMatchObject({ code: 255, stdout: '' });
  });

  it('S31 lets nobody in as somebody else, nor with a key that nobody declares', async () => {
    const wrong = await login(`deploy@${node}`, '--', 'id');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('ssh-principal-not-allowed')]);
    const unknown = await login('--identity', stranger.keyFile, node, '--', 'id');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('none of your keys')]);
  });

  it('waits for a second person for root, and takes the request back on Ctrl-C', async () => {
    const body = { name: 'second', bindings: [{ role: 'admin' as const, clusterId: null }], expiresIn: 600 };
    await writeFile(file('second'), (await need(createToken({ client: admin, body }))).secret);
    const waiting = () =>
      until('the request is there', async () => (await grants()).find(({ state }) => state === 'waiting'));
    const root = login(`root@${node}`, '--', 'id', '-un');
    const grant = await waiting();
    const own = await asterism('access', 'approve', grant.id, '--yes');
    expect([own.code, own.stderr]).toEqual([1, expect.stringContaining('ssh-second-person')]);
    const second = await asterism('--token-file', file('second'), 'access', 'approve', grant.id, '--yes');
    expect(second.code).toBe(0);
    expect(await root).toMatchObject({ code: 0, stdout: 'root\n' });

    const [command = '', ...args] = ['env', ...WITH(), 'ssh', '--reason', 'no', `root@${node}`];
    const child = spawn(command, args, { cwd: WORKSPACE, stdio: 'ignore' });
    const left = await waiting();
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([2, null]);
    expect((await grants()).find(({ id }) => id === left.id)).toMatchObject({ state: 'ended' });
  });
});

describe('asterism ssh-certificate', () => {
  it('writes a certificate that lets in until it is revoked, and over no key', async () => {
    const order = ['ssh-certificate', '--public-key', `${alice.keyFile}.pub`, '--principal', 'alice'];
    const rest = ['--ttl', '10m', '--reason', 'end to end', '--out'];
    const key = await readFile(alice.keyFile, 'utf8');
    const over = await asterism(...order, ...rest, alice.keyFile);
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining('file-exists')]);
    expect(await readFile(alice.keyFile, 'utf8')).toBe(key);

    const made = await asterism('--json', ...order, ...rest, file('alice-cert.pub'));
    const { serial } = JSON.parse(made.stdout) as { serial: number };
    const hosts = ['--out', file('known_hosts'), '--revoked-out', file('revoked')];
    expect(await asterism('access', 'known-hosts', ...hosts)).toMatchObject({ code: 0 });
    const { machine } = up.ready.nodes[0] ?? { machine: '' };
    const login = { machine, account: 'alice', certificate: file('alice-cert.pub') };
    expect(await alice.login(up, login)).toMatchObject({ code: 0, stdout: 'alice\n' });
    const revoked = await asterism('access', 'revoke-certificate', String(serial), '--reason', 'lost');
    expect(revoked.code).toBe(0);
    await untilInForce(admin);
    expect(await alice.login(up, login)).toMatchObject({ code: 255, stdout: '' });
    // The next one takes its place.
    expect(await asterism(...order, ...rest, file('alice-cert.pub'))).toMatchObject({ code: 0 });
    expect(await alice.login(up, login)).toMatchObject({ code: 0 });
  });
});
