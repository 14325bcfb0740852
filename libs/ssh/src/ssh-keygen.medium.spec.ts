import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createHostCertificate,
  createUserCertificate,
  fingerprintOf,
  formatCertificate,
  formatPublicKey,
  parseCertificate,
  parsePublicKey,
  toSshPublicKey,
  verifyCertificate,
  type SshPublicKey,
} from './index.ts';
import { AUTHORITIES, BLOBS, random, sample, toLine } from './testing/samples.ts';

const run = promisify(execFile);
const NOW = new Date('2026-11-25T08:00:00Z');
const LATER = new Date('2026-11-25T08:15:00Z');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function keygen(type: string, bits?: number): Promise<{ file: string; key: SshPublicKey }> {
  const file = join(folder, `key-${++files}`);
  const size = bits === undefined ? [] : ['-b', String(bits)];
  await run('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-C', `${type} of a test`, '-f', file]);
  return { file, key: parsePublicKey(await readFile(`${file}.pub`, 'utf8')) };
}

async function show(certificate: string): Promise<string> {
  const file = join(folder, `shown-${++files}-cert.pub`);
  await writeFile(file, `${certificate}\n`);
  return (await run('ssh-keygen', ['-L', '-f', file], { env: { ...process.env, TZ: 'UTC' } })).stdout;
}

const TYPES = [
  ['ed25519', undefined, 'ssh-ed25519'],
  ['ecdsa', 256, 'ecdsa-sha2-nistp256'],
  ['ecdsa', 384, 'ecdsa-sha2-nistp384'],
  ['ecdsa', 521, 'ecdsa-sha2-nistp521'],
  ['rsa', 3072, 'ssh-rsa'],
] as const;

describe('public keys of ssh-keygen', () => {
  it.each(TYPES)('reads %s %s with its fingerprint, and writes the same line', async (type, bits, name) => {
    const { file, key } = await keygen(type, bits);
    const { stdout } = await run('ssh-keygen', ['-l', '-f', `${file}.pub`]);
    expect(key.type).toBe(name);
    expect(stdout.split(' ').slice(0, 2)).toEqual([String(key.bits), fingerprintOf(key)]);
    expect(`${formatPublicKey(key)}\n`).toBe(await readFile(`${file}.pub`, 'utf8'));
  });

  it.each([1024, 2048])('refuses RSA of %s bits', async (bits) => {
    await expect(keygen('rsa', bits)).rejects.toMatchObject({
      code: 'ssh-public-key-unsupported',
      got: bits,
    });
  });
});

describe('keys of FIDO, which have no hardware here', () => {
  const lines = Object.entries(BLOBS).filter(([type]) => type.startsWith('sk-'));

  it.each(lines)('are read by ssh-keygen: %s', async (type, blob) => {
    const file = join(folder, `fido-${++files}.pub`);
    await writeFile(file, `${toLine(type, blob, 'of a token')}\n`);
    const { stdout } = await run('ssh-keygen', ['-l', '-f', file]);
    const key = parsePublicKey(toLine(type, blob));
    expect(stdout.split(' ').slice(0, 2)).toEqual([String(key.bits), fingerprintOf(key)]);
    const shown = await show(formatCertificate(sample({ key })));
    expect(shown).toContain(`${type.replace('@openssh.com', '')}-cert-v01@openssh.com user certificate`);
    expect(shown).toContain(fingerprintOf(key));
  });

  it.each(lines)('are signed by ssh-keygen, and read by us: %s', async (type, blob) => {
    const authority = await keygen('ed25519');
    const file = join(folder, `fido-${++files}`);
    await writeFile(`${file}.pub`, `${toLine(type, blob)}\n`);
    await run('ssh-keygen', ['-q', '-s', authority.file, '-I', 'x', '-n', 'deploy', `${file}.pub`]);
    const certificate = parseCertificate(await readFile(`${file}-cert.pub`, 'utf8'));
    expect(certificate.key.blob).toEqual(blob);
    verifyCertificate(certificate, {
      kind: 'user',
      authorities: [authority.key],
      principal: 'deploy',
      now: NOW,
    });
  });
});

describe('certificates for ssh-keygen', () => {
  it.each(AUTHORITIES)('are what was meant, signed with %s, for every type of key', async (_, authority) => {
    for (const [type, bits, name] of TYPES) {
      const { key } = await keygen(type, bits);
      const made = createUserCertificate(
        {
          ...{ key, serial: 0xffff_ffff_ffff_fffen, keyId: 'asterism:local:alice:x:1' },
          principals: ['deploy', 'deploy@pool.workers'],
          ...{ validAfter: NOW, validBefore: LATER },
          sourceAddresses: ['192.0.2.0/24', '2001:db8::1'],
          forceCommand: '/usr/bin/id -u',
        },
        { key: authority, random },
      );
      const shown = await show(formatCertificate(made));
      expect(shown).toContain(
        `${made.key.type.replace('@openssh.com', '')}-cert-v01@openssh.com user certificate`,
      );
      expect(shown).toContain(fingerprintOf(key));
      expect(shown).toContain(fingerprintOf(toSshPublicKey(authority)));
      expect(shown).toContain('Serial: 18446744073709551614');
      expect(shown).toContain('Key ID: "asterism:local:alice:x:1"');
      expect(shown).toContain('Valid: from 2026-11-25T08:00:00 to 2026-11-25T08:15:00');
      expect(shown).toMatch(/Principals:\s+deploy\s+deploy@pool\.workers\s+Critical Options:/);
      expect(shown).toMatch(
        /force-command \/usr\/bin\/id -u\s+source-address 192\.0\.2\.0\/24,2001:db8::1\s/,
      );
      expect(shown).toMatch(/Extensions:\s+permit-pty\s*$/);
      expect(made.key.type).toBe(name);
    }
  });

  it('shows a host certificate as one, without options', async () => {
    const { key } = await keygen('ed25519');
    const made = createHostCertificate(
      {
        ...{ key, serial: 7n, keyId: 'host', principals: ['workers-1.local', 'workers-1'] },
        ...{ validAfter: NOW, validBefore: LATER },
      },
      { key: AUTHORITIES[0][1], random },
    );
    const shown = await show(formatCertificate(made));
    expect(shown).toContain('host certificate');
    expect(shown).toMatch(
      /Principals:\s+workers-1\.local\s+workers-1\s+Critical Options: \(none\)\s+Extensions: \(none\)/,
    );
  });
});

describe('certificates of ssh-keygen', () => {
  it.each([
    ['ed25519', undefined],
    ['ecdsa', 256],
    ['ecdsa', 384],
    ['ecdsa', 521],
    ['rsa', 3072],
  ] as const)('are read and verified under an authority of %s %s', async (type, bits) => {
    const authority = await keygen(type, bits);
    const { file } = await keygen('ed25519');
    await run(
      'ssh-keygen',
      [
        ...[
          '-q',
          '-s',
          authority.file,
          '-I',
          'by hand',
          '-n',
          'alice,bob',
          '-V',
          '20261125080000Z:20261125090000Z',
          '-z',
          '42',
        ],
        ...['-O', 'force-command=/bin/true', '-O', 'source-address=192.0.2.1', `${file}.pub`],
      ],
      { env: { ...process.env, TZ: 'UTC' } },
    );
    const certificate = parseCertificate(await readFile(`${file}-cert.pub`, 'utf8'));
    expect(certificate).toMatchObject({
      ...{ kind: 'user', serial: 42n, keyId: 'by hand', principals: ['alice', 'bob'] },
      criticalOptions: new Map([
        ['force-command', '/bin/true'],
        ['source-address', '192.0.2.1'],
      ]),
      extensions: [
        ...[
          'permit-X11-forwarding',
          'permit-agent-forwarding',
          'permit-port-forwarding',
          'permit-pty',
          'permit-user-rc',
        ],
      ],
    });
    const expectation = {
      kind: 'user',
      authorities: [authority.key],
      principal: 'bob',
      now: new Date('2026-11-25T08:30:00Z'),
    } as const;
    verifyCertificate(certificate, expectation);
    expect(`${formatCertificate(certificate)}\n`).toBe(await readFile(`${file}-cert.pub`, 'utf8'));
  });
});
