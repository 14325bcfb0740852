import { EMERGENCY_PRINCIPAL } from '@asterism/ssh';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessMachine } from '../testing/access-machine.ts';
import { makeAuthority } from '../testing/test-authority.ts';

const NONE = { kind: 'none' } as const;
const alice = { name: 'alice', sudo: NONE, until: null };
const deploy = { name: 'deploy', sudo: NONE, until: null };

const REFUSED = { code: 255, stdout: '' };

let node: AccessMachine;
beforeAll(async () => {
  node = await AccessMachine.start();
}, 30_000);
afterAll(() => node.stop());

describe('logging in to a node with the real sshd', () => {
  beforeEach(async () => {
    const { faults } = await node.apply(node.state([alice, deploy]));
    expect(faults).toEqual([]);
  });

  it('lets in whom a certificate names for its pool or for it, as that account and no other', async () => {
    expect(await node.login({ account: 'alice' })).toMatchObject({ code: 0, stdout: 'alice' });
    expect(await node.login({ account: 'deploy', principals: ['deploy@node.workers-1'] })).toMatchObject({
      stdout: 'deploy',
    });
    expect(await node.login({ account: 'alice', principals: ['deploy@pool.workers'] })).toMatchObject(
      REFUSED,
    );
    expect(await node.login({ account: 'root', principals: ['alice@pool.workers'] })).toMatchObject(REFUSED);
  });

  it.each([
    ['the bare name', { principals: ['alice'] }],
    ['another pool', { principals: ['alice@pool.control-plane'] }],
    ['another node', { principals: ['alice@node.workers-2'] }],
    [
      'a time that is over',
      { validAfter: new Date(Date.now() - 7_200_000), validBefore: new Date(Date.now() - 60_000) },
    ],
    [
      'a time to come',
      { validAfter: new Date(Date.now() + 600_000), validBefore: new Date(Date.now() + 1_200_000) },
    ],
    ['another cluster’s authority', { authority: makeAuthority() }],
    ['another address to come from', { sourceAddresses: ['192.0.2.1'] }],
  ])('refuses %s', async (_, change) => {
    expect(await node.login({ account: 'alice', ...change })).toMatchObject(REFUSED);
  });

  it.each([
    [['alice@pool.workers,root@pool.workers']],
    [['deploy,alice@pool.workers']],
    [['*']],
    [['*@pool.workers']],
    [['?lice@pool.workers']],
    [['alice@pool.*']],
    [['!root@pool.workers']],
    [[]],
  ])('S31 takes %j for nobody, though the right authority has signed it', async (principals) => {
    const certificate = await node.certificateNaming(...principals);
    for (const account of ['alice', 'root', 'deploy']) {
      expect(await node.ssh(account, 'id', node.clientOptions(certificate))).toMatchObject(REFUSED);
    }
  });

  it('S31 takes a certificate of that making where its principal is one that is declared', async () => {
    const certificate = await node.certificateNaming('alice@pool.workers');
    expect(await node.ssh('alice', 'id -un', node.clientOptions(certificate))).toMatchObject({
      stdout: 'alice',
    });
  });

  it('refuses a serial, a key and an authority that are revoked, and lets the rest in', async () => {
    const serial = 900n;
    const revocationList = node.revocationList([serial]);
    await node.apply(node.state([alice], { revocationList }));
    expect(await node.login({ account: 'alice', serial })).toMatchObject(REFUSED);
    expect(await node.login({ account: 'alice', serial: 901n })).toMatchObject({ code: 0 });
    await node.apply(
      node.state([alice], { revocationList: node.revocationList([], [await node.fingerprint()]) }),
    );
    expect(await node.login({ account: 'alice' })).toMatchObject(REFUSED);
    await node.apply(
      node.state([alice], { revocationList: node.revocationList([], [node.user.fingerprint]) }),
    );
    expect(await node.login({ account: 'alice' })).toMatchObject(REFUSED);
    await node.apply(node.state([alice]));
    expect(await node.login({ account: 'alice' })).toMatchObject({ code: 0 });
  });

  it('runs the command that the certificate forces, and no other', async () => {
    const { stdout } = await node.login({ account: 'alice', forceCommand: 'echo forced', command: 'id -un' });
    expect(stdout).toBe('forced');
  });

  it('lets nobody back in by a key that was left in a home, whatever the administrator’s own keys do', async () => {
    const options = node.clientOptions('none');
    const line = await readFile(join(node.folder, 'id.pub'), 'utf8');
    const leave =
      'mkdir -p .ssh && cat > .ssh/authorized_keys && cp .ssh/authorized_keys .ssh/authorized_keys2';
    const command = `printf '%s' '${line.trim()}' | (${leave})`;
    expect(await node.login({ account: 'alice', command })).toMatchObject({ code: 0 });
    expect(await node.ssh('alice', 'id -un', options)).toMatchObject(REFUSED);
    await node.machine.run('useradd', '--create-home', '--password', '*', '--shell', '/bin/bash', 'keeper');
    const home = node.machine.path('/home/keeper');
    await node.machine.run('mkdir', '-m', '700', '/home/keeper/.ssh');
    await writeFile(join(home, '.ssh/authorized_keys'), line);
    await node.machine.run('chown', '-R', 'keeper:', '/home/keeper/.ssh');
    expect(await node.ssh('keeper', 'id -un', options)).toMatchObject({
      stdout: 'keeper',
    });
    await node.machine.run('userdel', '--remove', 'keeper');
  });

  it('lets root in by an emergency certificate, and nobody else', async () => {
    const emergency = { authority: node.emergency, principals: [EMERGENCY_PRINCIPAL] };
    expect(await node.login({ account: 'root', ...emergency })).toMatchObject({ code: 0, stdout: 'root' });
    expect(await node.login({ account: 'alice', ...emergency })).toMatchObject(REFUSED);
  });

  it('takes emergency certificates only once nobody has told it anything for too long', async () => {
    const state = node.state([alice]);
    await node.apply(state, { now: new Date(Date.parse(state.validUntil) + 1_000).toISOString() });
    expect(await node.login({ account: 'alice' })).toMatchObject(REFUSED);
    const emergency = { authority: node.emergency, principals: [EMERGENCY_PRINCIPAL] };
    expect(await node.login({ account: 'root', ...emergency })).toMatchObject({ code: 0 });
    expect((await node.machine.run('id', '-un', 'alice')).stdout.trim()).toBe('alice');
  });
});

describe('the host', () => {
  const known = async (file: string, pattern = '*.production') => {
    const path = join(node.folder, file);
    await writeFile(path, `@cert-authority ${pattern} ${node.host.line}\n`);
    const strict = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${path}`];
    return [...strict, '-o', 'GlobalKnownHostsFile=/dev/null'];
  };

  it('is known by its certificate under its own name, and is not another node', async () => {
    const state = node.state([alice]);
    await node.apply(state, { hostCertificates: [await node.hostCertificate()] });
    const options = [...(await known('known')), '-o', 'HostKeyAlias=workers-1.production'];
    const file = await node.certificate({});
    const client = [
      '-i',
      join(node.folder, 'id'),
      '-o',
      `CertificateFile=${file}`,
      '-o',
      'IdentitiesOnly=yes',
    ];
    expect(await node.ssh('alice', 'id -un', [...client, ...options])).toMatchObject({
      code: 0,
      stdout: 'alice',
    });
    const other = [...(await known('known')), '-o', 'HostKeyAlias=workers-2.production'];
    expect(await node.ssh('alice', 'id -un', [...client, ...other])).toMatchObject(REFUSED);
    await node.apply(state, {
      hostCertificates: [await node.hostCertificate(['workers-2.production', 'workers-2'])],
    });
    const { code, stderr } = await node.ssh('alice', 'id -un', [...client, ...options]);
    expect(code, stderr).toBe(255);
  });
});

describe('sudo', () => {
  it('does what the rule says and nothing beyond it', async () => {
    const sudo = { kind: 'commands' as const, commands: ['/usr/bin/id -u', '/usr/bin/true'] };
    expect((await node.apply(node.state([{ ...alice, sudo }]))).faults).toEqual([]);
    expect(await node.login({ account: 'alice', command: 'sudo -n /usr/bin/id -u' })).toMatchObject({
      stdout: '0',
    });
    expect(await node.login({ account: 'alice', command: 'sudo -n /usr/bin/id -un' })).toMatchObject({
      code: 1,
    });
    expect(await node.login({ account: 'alice', command: 'sudo -n /bin/sh' })).toMatchObject({ code: 1 });
    await node.apply(node.state([{ ...alice, sudo: { kind: 'all' } }]));
    expect(await node.login({ account: 'alice', command: 'sudo -n id -un' })).toMatchObject({
      stdout: 'root',
    });
    await node.apply(node.state([alice]));
    expect(await node.login({ account: 'alice', command: 'sudo -n id -un' })).toMatchObject({ code: 1 });
  });

  it('is not broken for everybody by a rule that is none', async () => {
    const commands = ['/usr/bin/true\nALL ALL=(ALL) ALL ('];
    const { faults } = await node.apply(node.state([{ ...alice, sudo: { kind: 'commands', commands } }]));
    expect(faults).toEqual([
      { code: 'sudoers-invalid', subject: 'alice', detail: expect.stringContaining('syntax error') },
    ]);
    expect((await node.machine.run('visudo', '-c')).code).toBe(0);
    expect(await readFile(node.machine.path('/etc/sudoers'), 'utf8')).toBe(
      await readFile('/etc/sudoers', 'utf8'),
    );
  });
});
