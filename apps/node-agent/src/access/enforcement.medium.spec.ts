import { appendFile, chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessMachine } from '../testing/access-machine.ts';

const NONE = { kind: 'none' } as const;
const ALL = { kind: 'all' } as const;
const alice = { name: 'alice', sudo: ALL, until: null };
const bob = { name: 'bob', sudo: NONE, until: null };
const DIRECTORY = '/etc/ssh/asterism';
const DROP_IN = '/etc/ssh/sshd_config.d/10-asterism.conf';

let node: AccessMachine;
beforeAll(async () => {
  node = await AccessMachine.start();
}, 30_000);
afterAll(() => node.stop());

const inside = (path: string) => node.machine.path(path);
const read = (path: string) => readFile(inside(path), 'utf8');
const run = (...command: readonly [string, ...string[]]) => node.machine.run(...command);

describe('what is in force', () => {
  beforeEach(async () => {
    const { faults } = await node.apply(node.state([alice, bob]));
    expect(faults).toEqual([]);
  });

  it('is what sshd itself says', async () => {
    const { stdout } = await run('/usr/sbin/sshd', '-T', '-C', 'user=alice,host=x,addr=192.0.2.1');
    expect(stdout).toContain(`trustedusercakeys ${DIRECTORY}/user-authorities\n`);
    expect(stdout).toContain(`authorizedprincipalsfile ${DIRECTORY}/principals/%u\n`);
    expect(stdout).toContain(`revokedkeys ${DIRECTORY}/revoked-keys\n`);
    expect(stdout).toContain('loglevel VERBOSE\n');
    expect(await read(`${DIRECTORY}/principals/alice`)).toBe('alice@pool.workers\nalice@node.workers-1\n');
    expect(await read(`${DIRECTORY}/principals/root`)).toBe('root@emergency\n');
  });

  it('makes accounts without a password, of the range, with homes of their own', async () => {
    const [, password, uid, gid, gecos, home] = (await run('getent', 'passwd', 'alice')).stdout
      .trim()
      .split(':');
    expect([password, gecos, home]).toEqual(['x', 'Asterism access', '/home/alice']);
    expect(gid).toBe(uid);
    expect(Number(uid)).toBeGreaterThanOrEqual(node.machine.uids.from);
    expect(Number(uid)).toBeLessThanOrEqual(node.machine.uids.to);
    expect((await run('getent', 'shadow', 'alice')).stdout).toMatch(/^alice:\*:/);
    expect((await stat(inside('/home/alice'))).mode & 0o777).toBe(0o700);
  });

  it('goes with whoever is not declared any more, and with the home, through no link', async () => {
    await mkdir(inside('/home/bob/kept'), { recursive: true });
    await writeFile(inside('/home/elsewhere'), 'somebody else’s');
    await symlink('/home/elsewhere', inside('/home/bob/link'));
    await node.apply(node.state([alice]));
    expect((await run('getent', 'passwd', 'bob')).code).toBe(2);
    await expect(stat(inside('/home/bob'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(inside(`${DIRECTORY}/principals/bob`))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await read('/home/elsewhere')).toBe('somebody else’s');
  });

  it('gives nobody the number of one who is gone: what he left is not theirs', async () => {
    const uidOf = async (name: string) => (await run('id', '-u', name)).stdout.trim();
    const before = await uidOf('bob');
    await node.apply(node.state([alice]));
    const { faults } = await node.apply(node.state([alice, { ...bob, name: 'carol' }]));
    expect(faults).toEqual([]);
    expect(await uidOf('carol')).not.toBe(before);
    await node.apply(node.state([alice, bob]));
    expect(await uidOf('bob')).not.toBe(before);
  });

  it('keeps hold of an account whose owner has filled in what chfn lets him', async () => {
    await run('usermod', '--comment', 'Asterism access,1,2,3', 'bob');
    await node.apply(node.state([alice, bob]));
    expect((await run('getent', 'passwd', 'bob')).stdout).toContain(':Asterism access:');
    await run('usermod', '--comment', 'Asterism access,1,2,3', 'bob');
    await node.apply(node.state([alice]));
    expect((await run('getent', 'passwd', 'bob')).code).toBe(2);
  });

  it('does not remove a home that is not its own', async () => {
    await rm(inside('/home/bob'), { recursive: true });
    await mkdir(inside('/home/others'), { recursive: true });
    await writeFile(inside('/home/others/kept'), '');
    await symlink('/home/others', inside('/home/bob'));
    await node.apply(node.state([alice]));
    expect(await read('/home/others/kept')).toBe('');
    await rm(inside('/home/bob'));
  });

  it('takes sudo away with the rule', async () => {
    expect(await read('/etc/sudoers.d/asterism-alice')).toContain('alice ALL=(ALL:ALL) NOPASSWD: ALL');
    await node.apply(node.state([{ ...alice, sudo: NONE }]));
    await expect(stat(inside('/etc/sudoers.d/asterism-alice'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('what somebody else has changed', () => {
  beforeEach(async () => {
    await node.apply(node.state([alice, bob]));
  });

  it.each([
    [
      'an authority more',
      'changed',
      `${DIRECTORY}/user-authorities`,
      (path: string) => appendFile(path, 'ssh-ed25519 AAAA\n'),
    ],
    [
      'a principal more',
      'changed',
      `${DIRECTORY}/principals/root`,
      (path: string) => appendFile(path, 'alice@pool.workers\n'),
    ],
    ['a list that is gone', 'missing', `${DIRECTORY}/revoked-keys`, (path: string) => rm(path)],
    [
      'a file more',
      'unexpected',
      `${DIRECTORY}/principals/mallory`,
      (path: string) => writeFile(path, 'mallory\n'),
    ],
    [
      'a file that all may write',
      'permissions',
      `${DIRECTORY}/principals/alice`,
      (path: string) => chmod(path, 0o666),
    ],
    [
      'another rule',
      'changed',
      '/etc/sudoers.d/asterism-alice',
      (path: string) => writeFile(path, 'alice ALL=(ALL) ALL\n'),
    ],
    ['a rule more', 'unexpected', '/etc/sudoers.d/asterism-mallory', (path: string) => writeFile(path, '\n')],
    ['another setting', 'changed', DROP_IN, (path: string) => appendFile(path, 'PermitRootLogin yes\n')],
  ])('is put right and told: %s', async (_, kind, path, change) => {
    const before = await readFile(inside(path)).catch(() => null);
    await change(inside(path));
    const { drift, faults } = await node.apply(node.state([alice, bob]));
    expect(drift.map((each) => [each.path, each.kind])).toEqual([[path, kind]]);
    expect(faults).toEqual([]);
    expect(await readFile(inside(path)).catch(() => null)).toEqual(before);
    expect((await node.apply(node.state([alice, bob]))).drift).toEqual([]);
  });

  it.each([
    ['a shell', ['usermod', '--shell', '/bin/sh', 'bob']],
    ['a password', ['usermod', '--password', 'x', 'bob']],
    ['a group', ['usermod', '--groups', 'adm', 'bob']],
    ['all of it', ['userdel', 'bob']],
  ])('of an account is put right and told: %s', async (_, command) => {
    const before = (await run('getent', 'passwd', 'bob')).stdout;
    const [program = '', ...parameters] = command;
    expect((await run(program, ...parameters)).code).toBe(0);
    const { drift } = await node.apply(node.state([alice, bob]));
    expect(drift).toMatchObject([{ path: 'bob', kind: 'account' }]);
    expect((await run('getent', 'passwd', 'bob')).stdout).toBe(before);
    expect((await run('getent', 'shadow', 'bob')).stdout).toMatch(/^bob:\*:/);
    expect((await run('id', '-nG', 'bob')).stdout.trim()).toBe('bob asterism-access');
  });

  it('in front of our settings is told, because it wins', async () => {
    const path = inside('/etc/ssh/sshd_config.d/00-others.conf');
    await writeFile(path, 'AuthorizedPrincipalsFile none\n');
    const { faults } = await node.apply(node.state([alice, bob]));
    expect(faults).toMatchObject([{ code: 'sshd-setting-overridden', subject: 'authorizedprincipalsfile' }]);
    await rm(path);
    expect((await node.apply(node.state([alice, bob]))).faults).toEqual([]);
  });

  it('so that sshd would not start is told, and the sshd that runs goes on', async () => {
    const path = inside('/etc/ssh/sshd_config.d/50-others.conf');
    await writeFile(path, 'NoSuchSetting yes\n');
    await appendFile(inside(DROP_IN), '# changed\n');
    const { faults } = await node.apply(node.state([alice, bob]));
    expect(faults[0]).toMatchObject({ code: 'sshd-configuration-invalid' });
    expect(faults[0]?.detail).toContain('50-others.conf');
    expect(await node.login({ account: 'alice' })).toMatchObject({ code: 0 });
    await rm(path);
    expect((await node.apply(node.state([alice, bob]))).faults).toEqual([]);
  });
});

describe('an sshd that is too old', () => {
  it('is let go of: nobody is trusted in its configuration any more, and it still starts', async () => {
    await node.apply(node.state([alice]));
    await writeFile(inside('/run/old-sshd'), "#!/bin/sh\necho 'OpenSSH_8.1p1' >&2\n", { mode: 0o755 });
    const { faults } = await node.applyWith({ sshd: '/run/old-sshd' }, node.state([alice]));
    expect(faults).toMatchObject([{ code: 'sshd-too-old' }]);
    expect(await read(DROP_IN)).not.toMatch(/TrustedUserCAKeys|AuthorizedPrincipals/);
    expect(await node.login({ account: 'alice' })).toMatchObject({ code: 255 });
    expect((await run('/usr/sbin/sshd', '-t')).code).toBe(0);
    await node.apply(node.state([alice]));
    expect(await node.login({ account: 'alice' })).toMatchObject({ code: 0 });
  });
});

describe('accounts that are not ours', () => {
  const FILES = ['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow', '/etc/subuid'] as const;
  /** Lines of all others. */
  const others = async () =>
    Promise.all(
      FILES.map(async (file) =>
        (await read(file)).split('\n').filter((line) => !/^(alice|bob|carol|asterism-access):/.test(line)),
      ),
    );

  beforeEach(async () => {
    await node.apply(node.state([]));
    for (const name of ['alice', 'mark', 'range']) await run('userdel', '--remove', name);
  });
  afterEach(async () => {
    await run('userdel', '--remove', 'alice');
  });

  it('stay byte for byte what they were, whatever comes and goes', async () => {
    await run('useradd', '--create-home', '--password', 'secret', '--comment', 'Asterism access', 'mark');
    await run(
      'useradd',
      '--uid',
      String(node.machine.uids.to),
      '--comment',
      'somebody',
      '--create-home',
      'range',
    );
    const sudoers = await read('/etc/sudoers');
    const before = await others();
    for (const accounts of [[alice, bob], [bob], [{ ...alice, name: 'carol' }], []]) {
      await node.apply(node.state(accounts));
      expect(await others()).toEqual(before);
    }
    expect(await read('/etc/sudoers')).toBe(sudoers);
    for (const name of ['mark', 'range']) expect((await run('getent', 'passwd', name)).code).toBe(0);
  });

  it('have names that nobody is let in by, though they are declared', async () => {
    await run('useradd', '--create-home', '--password', '*', 'alice');
    const before = (await run('getent', 'passwd', 'alice')).stdout;
    const { faults } = await node.apply(node.state([alice]));
    expect(faults).toMatchObject([{ code: 'account-foreign', subject: 'alice' }]);
    expect(await node.login({ account: 'alice' })).toMatchObject({ code: 255 });
    await expect(stat(inside('/etc/sudoers.d/asterism-alice'))).rejects.toMatchObject({ code: 'ENOENT' });
    await node.apply(node.state([]));
    expect((await run('getent', 'passwd', 'alice')).stdout).toBe(before);
  });
});

describe('S34 an agent that is killed', () => {
  it('leaves an sshd that starts and everybody else as they were, wherever it was; the next one finishes', async () => {
    const others = async () =>
      (await read('/etc/passwd')).split('\n').filter((line) => !/^(alice|bob):/.test(line));
    const before = await others();
    const states = [() => node.state([alice]), () => node.state([bob])];
    let finished = 0;
    let killed = 0;
    for (let nth = 1; finished < 2; nth++) {
      const done = await node.applyAndDie((states[nth % 2] ?? states[0])?.() ?? node.state([]), nth);
      if (done) finished++;
      else killed++;
      const { code, stderr } = await run('/usr/sbin/sshd', '-t');
      expect(code, `${nth}: ${stderr}`).toBe(0);
      expect((await run('visudo', '-c', '-q')).code, String(nth)).toBe(0);
      expect(await others(), String(nth)).toEqual(before);
    }
    expect(killed).toBeGreaterThan(10);
    expect((await node.apply(node.state([alice]))).faults).toEqual([]);
    expect((await run('getent', 'passwd', 'bob')).code).toBe(2);
    expect(await node.login({ account: 'alice' })).toMatchObject({ code: 0, stdout: 'alice' });
    const left = await run('find', '/etc/ssh', '/etc/sudoers.d', '-name', '.asterism*');
    expect(left.stdout).toBe('');
  }, 120_000);
});
