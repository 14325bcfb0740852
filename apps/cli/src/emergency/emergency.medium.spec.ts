import { toBase64url } from '@asterism/bytes';
import type { EmergencyKit } from '@asterism/contracts';
import { constellationKeys, sshAuthorityKey, type ClusterKeys } from '@asterism/keys';
import {
  formatAuthorityLine,
  formatPublicKey,
  parseCertificate,
  parseKeyId,
  parsePublicKey,
  toSshPublicKey,
  verifyCertificate,
} from '@asterism/ssh';
import { makePeople, makeRecoverySet, type MadeRecoverySet, type Person } from '@asterism/testkit/recovery';
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-appraise.ts';
import type { EmergencyRecord } from './record.ts';

const run = promisify(execFile);
const SALT = new Uint8Array(randomBytes(32));
const CLUSTER = { kind: 'cluster', id: randomUUID(), name: 'production' } as const;

let folder: string;
let people: Person[];
let set: MadeRecoverySet;
let out: string;
let runs = 0;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-emergency-'));
  people = await makePeople('Ada', 'Grace', 'Emmy');
  set = await makeRecoverySet({ people, threshold: 2, scope: CLUSTER });
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@laptop', '-f', file('id')]);
  for (const { name, identity } of people)
    await writeFile(file(`${name}.key`), `# created: today\n${identity}\n`);
  await writeShares('share', set);
  await writeFile(
    file('kit.json'),
    JSON.stringify(kitOf({ scheme: 'asterism', root: set.secret, salt: SALT })),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  out = file(`emergency-${++runs}-cert.pub`);
});

async function writeShares(prefix: string, { created }: MadeRecoverySet): Promise<void> {
  for (const { name, encrypted } of created.shares) await writeFile(file(`${prefix}-${name}.age`), encrypted);
}

/** As the API makes it. */
function kitOf(
  keys: ClusterKeys,
  algorithm: 'ed25519' | 'ecdsa-p256' = 'ed25519',
  version = 1,
): EmergencyKit {
  const publicKeyOf = (kind: 'emergency' | 'host') =>
    toSshPublicKey(sshAuthorityKey(keys, kind, version, algorithm));
  return {
    schema: 'asterism/emergency-kit/v1',
    cluster: { id: CLUSTER.id, name: CLUSTER.name, clusterId: 'ab'.repeat(32) },
    ...{ scheme: keys.scheme, salt: toBase64url(SALT) },
    authority: { version, algorithm, publicKey: formatPublicKey(publicKeyOf('emergency')) },
    knownHosts: [formatAuthorityLine(CLUSTER.name, publicKeyOf('host'))],
    nodes: [{ name: 'workers-1', addresses: [{ host: '192.0.2.7', port: 2222 }] }],
    madeAt: new Date().toISOString(),
  };
}

const words = (options: Readonly<Record<string, string>>) =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
const byAda = (change: Readonly<Record<string, string>> = {}) =>
  words({
    ...{ kit: file('kit.json'), 'public-key': file('id.pub'), person: 'ada', reason: 'the API is gone', out },
    ...change,
  });
const AdaAndGrace = () => [
  ...['--share', file('share-Ada.age'), '--share', file('share-Grace.age')],
  ...['--identity', file('Ada.key'), '--identity', file('Grace.key')],
];
const emergency = (...argv: readonly string[]) => runCommand('--json', 'ssh-emergency', ...argv);

/** S25: refused with this code, and nothing is there that was not before. */
async function expectRefusal(code: string, ...argv: readonly string[]): Promise<void> {
  const before = await readdir(folder);
  const { exitCode, out: printed } = await emergency(...argv);
  expect(JSON.parse(printed)).toMatchObject({ error: { code } });
  expect(exitCode).not.toBe(0);
  expect(await readdir(folder)).toEqual(before);
}

describe('asterism ssh-emergency', () => {
  it('makes a certificate for root and one hour, without a network', async () => {
    // In a network namespace of its own there is not even a loopback that is up.
    const program = join(import.meta.dirname, '../main.ts');
    const argv = ['--json', 'ssh-emergency', ...byAda(), ...AdaAndGrace()];
    const { stdout } = await run('unshare', ['--net', process.execPath, program, ...argv]);
    const record = JSON.parse(stdout) as EmergencyRecord;
    expect(record).toMatchObject({
      ...{ kind: 'emergency-certificate', cluster: 'production', person: 'ada', reason: 'the API is gone' },
      ...{
        principal: 'root@emergency',
        shares: [1, 2],
        files: { certificate: out, knownHosts: `${out}.known-hosts` },
      },
    });
    const certificate = parseCertificate(await readFile(out, 'utf8'));
    const kit = kitOf({ scheme: 'asterism', root: set.secret, salt: SALT });
    verifyCertificate(certificate, {
      ...{ kind: 'user', principal: 'root@emergency', now: new Date() },
      authorities: [parsePublicKey(kit.authority.publicKey)],
    });
    expect(certificate.principals).toEqual(['root@emergency']);
    expect(certificate.validBefore - certificate.validAfter).toBe(3_600n);
    expect(parseKeyId(certificate.keyId)).toMatchObject({
      kind: 'emergency',
      cluster: 'production',
      person: 'ada',
    });
    expect(await readFile(`${out}.known-hosts`, 'utf8')).toBe(`${kit.knownHosts.join('\n')}\n`);
  });

  it('prints what to do next, and that it is no usual access', async () => {
    const { exitCode, out: text } = await runCommand('ssh-emergency', ...byAda(), ...AdaAndGrace());
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^EMERGENCY CERTIFICATE: root on every node of production, until \d{4}-/);
    expect(text).toContain('the API is gone');
    expect(text).toContain(`workers-1:\n  ssh -i ${file('id')} -p 2222 -o CertificateFile=${out} `);
    expect(text).toContain(
      '-o StrictHostKeyChecking=yes -o HostKeyAlias=workers-1.production -l root -- 192.0.2.7',
    );
    const { stdout } = await run('ssh-keygen', ['-L', '-f', out]);
    expect(stdout).toMatch(/Key ID: "asterism-emergency:production:ada:\d+"/);
    expect(stdout).toMatch(/Principals:\s+root@emergency\s+Critical Options: \(none\)/);
    expect(stdout).not.toContain('gone');
    // ssh takes the printed options, and would speak to the address that the kit has.
    const [, command = ''] = /\n {2}(ssh .*)/.exec(text) ?? [];
    const { stdout: settings } = await run('sh', ['-c', command.replace('ssh ', 'ssh -G ')]);
    expect(settings).toMatch(/^hostname 192\.0\.2\.7$/m);
    expect(settings).toMatch(/^user root$/m);
    expect(settings).toContain(`certificatefile ${out}`);
  });

  it('takes shares that people decrypted themselves, more than enough, and P-256', async () => {
    const kit = kitOf({ scheme: 'asterism', root: set.secret, salt: SALT }, 'ecdsa-p256', 3);
    await writeFile(file('p256.json'), JSON.stringify(kit));
    const shares = await Promise.all(
      set.shares.map(async (share, at) => {
        await writeFile(file(`plain-${at}.json`), JSON.stringify(share));
        return ['--share', file(`plain-${at}.json`)];
      }),
    );
    const { exitCode } = await emergency(...byAda({ kit: file('p256.json') }), ...shares.flat());
    expect(exitCode).toBe(0);
    const { authority } = parseCertificate(await readFile(out, 'utf8'));
    expect(formatPublicKey(authority)).toBe(kit.authority.publicKey);
  });

  it('works for clusters that were taken over from Constellation', async () => {
    const keys = constellationKeys({ masterSecret: set.secret, salt: SALT }, new Set());
    await writeFile(file('taken-over.json'), JSON.stringify(kitOf(keys)));
    expect((await emergency(...byAda({ kit: file('taken-over.json') }), ...AdaAndGrace())).exitCode).toBe(0);
  });
});

describe('S25 a wrong share', () => {
  it('S25 of another set, of a made-up one, or too few write nothing', async () => {
    const other = await makeRecoverySet({ people, threshold: 2, scope: CLUSTER });
    await writeShares('other', other);
    const identities = people.flatMap(({ name }) => ['--identity', file(`${name}.key`)]);
    const from = (...names: readonly string[]) => [
      ...names.flatMap((name) => ['--share', file(name)]),
      ...identities,
    ];
    await expectRefusal('recovery-shares-missing', ...byAda(), ...from('share-Ada.age'));
    await expectRefusal('recovery-share-repeated', ...byAda(), ...from('share-Ada.age', 'share-Ada.age'));
    await expectRefusal('recovery-share-foreign', ...byAda(), ...from('share-Ada.age', 'other-Grace.age'));
    await expectRefusal('recovery-secret-wrong', ...byAda(), ...from('other-Ada.age', 'other-Grace.age'));
    await expectRefusal('recovery-identity-wrong', ...byAda(), ...AdaAndGrace().slice(0, 6));
  });

  it('S25 of the right set, and a kit of another time, cluster, scheme, salt or host, write nothing', async () => {
    const keys = { scheme: 'asterism', root: set.secret, salt: SALT } as const;
    const kits: (readonly [code: string, change: Partial<EmergencyKit>])[] = [
      ['recovery-secret-wrong', { authority: kitOf({ ...keys, root: new Uint8Array(32) }).authority }],
      ['recovery-secret-wrong', { authority: { ...kitOf(keys).authority, version: 2 } }],
      ['recovery-secret-wrong', { salt: toBase64url(new Uint8Array(32)) }],
      ['recovery-secret-wrong', { scheme: 'constellation' }],
      ['recovery-share-foreign', { cluster: { ...kitOf(keys).cluster, id: randomUUID() } }],
    ];
    const stranger = formatAuthorityLine(
      CLUSTER.name,
      toSshPublicKey(generateKeyPairSync('ed25519').privateKey),
    );
    kits.push(['file-malformed', { knownHosts: [...kitOf(keys).knownHosts, stranger] }]);
    await writeFile(file('wrong.json'), '');
    for (const [code, change] of kits) {
      await writeFile(file('wrong.json'), JSON.stringify({ ...kitOf(keys), ...change }));
      await expectRefusal(code, ...byAda({ kit: file('wrong.json') }), ...AdaAndGrace());
    }
  });
});

describe('what cannot be used', () => {
  it('is refused before the shares are opened', async () => {
    const keys = { scheme: 'asterism', root: set.secret, salt: SALT } as const;
    await writeFile(
      file('hosts.json'),
      JSON.stringify({ ...kitOf(keys), knownHosts: ['* ssh-ed25519 AAAA'] }),
    );
    await writeFile(file('bad.pub'), 'ssh-rsa AAAA');
    const shares = ['--share', file('none.age')];
    await expectRefusal('file-malformed', ...byAda({ kit: file('hosts.json') }), ...shares);
    const [line = ''] = kitOf(keys).knownHosts;
    for (const hosts of [
      line.replace('*.production', '*'),
      `${line} x`,
      `${line}\n${line}`,
      line.slice(16),
    ]) {
      await writeFile(file('hosts.json'), JSON.stringify({ ...kitOf(keys), knownHosts: [hosts] }));
      await expectRefusal('file-malformed', ...byAda({ kit: file('hosts.json') }), ...shares);
    }
    await expectRefusal('file-malformed', ...byAda({ kit: file('id.pub') }), ...shares);
    await expectRefusal('file-unreadable', ...byAda({ kit: file('none.json') }), ...shares);
    await expectRefusal('ssh-public-key-malformed', ...byAda({ 'public-key': file('bad.pub') }), ...shares);
    await expectRefusal('ssh-key-id-malformed', ...byAda({ person: 'Ada L' }), ...shares);
    await expectRefusal('usage', ...byAda({ reason: ' ' }), ...shares);
    await expectRefusal('file-exists', ...byAda({ out: file('id.pub') }), ...shares);
    await writeFile(`${out}.known-hosts`, '');
    await expectRefusal('file-exists', ...byAda(), ...AdaAndGrace());
    await expect(access(out)).rejects.toThrow();
  });
});
