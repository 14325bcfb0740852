import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshArguments } from './ssh-arguments.ts';

/** What a person may have in a configuration, for other hosts. */
const CONFIGURATION = `Host *
  StrictHostKeyChecking no
  NoHostAuthenticationForLocalhost yes
  UserKnownHostsFile /tmp/known
  GlobalKnownHostsFile /tmp/known
  KnownHostsCommand /bin/true
  RevokedHostKeys none
  HostKeyAlias other
  VerifyHostKeyDNS yes
  UpdateHostKeys yes
  CheckHostIP yes
  ControlPath /tmp/shared
  IdentitiesOnly no
  PreferredAuthentications password
  Port 1
  User other
  ProxyJump gate.example
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-'));
  await writeFile(join(folder, 'config'), CONFIGURATION);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function asSshReads(
  host: string,
  command: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const parameters = sshArguments({
    ...{
      identity: '/k/id',
      certificate: '/k/id-cert.pub',
      knownHosts: '/k/known_hosts',
      revoked: '/k/revoked',
    },
    ...{ alias: 'workers-1.local', principal: 'alice', address: { host, port: 2222 }, command },
  });
  const { stdout } = await promisify(execFile)('ssh', ['-F', join(folder, 'config'), '-G', ...parameters]);
  return new Map(
    stdout.split('\n').map((line) => [line.split(' ', 1).join(), line.split(' ').slice(1).join(' ')]),
  );
}

describe('what ssh is called with', () => {
  it('S07 leaves no word on hosts to the configuration of the user, who keeps the jump', async () => {
    const read = await asSshReads('192.0.2.1');
    expect(Object.fromEntries(read)).toMatchObject({
      ...{ host: '192.0.2.1', user: 'alice', port: '2222', hostkeyalias: 'workers-1.local' },
      ...{
        userknownhostsfile: '/k/known_hosts',
        globalknownhostsfile: '/dev/null',
        revokedhostkeys: '/k/revoked',
      },
      ...{ stricthostkeychecking: 'true', nohostauthenticationforlocalhost: 'no', verifyhostkeydns: 'false' },
      ...{ updatehostkeys: 'false', checkhostip: 'no', identitiesonly: 'yes', identityfile: '/k/id' },
      ...{
        certificatefile: '/k/id-cert.pub',
        preferredauthentications: 'publickey',
        proxyjump: 'gate.example',
      },
    });
    // ssh prints neither of these where it is off.
    expect([read.get('controlpath') ?? 'none', read.get('knownhostscommand') ?? 'none']).toEqual([
      'none',
      'none',
    ]);
  });

  it('takes neither an address nor a command for an option', async () => {
    const read = await asSshReads('192.0.2.1', ['-oServerAliveInterval=7']);
    expect(read.get('serveraliveinterval')).toBe('0');
    await expect(asSshReads('-oProxyCommand=true')).rejects.toThrow('hostname contains invalid characters');
  });
});
