import { execFile } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createUserCertificate,
  fingerprintOf,
  formatCertificate,
  formatPublicKey,
  isRevoked,
  parseRevocationList,
  toSshPublicKey,
  writeRevocationList,
  type SshCertificate,
  type SshPublicKey,
} from './index.ts';
import { FROM, random, UNTIL } from './testing/samples.ts';

const run = promisify(execFile);
const newKey = () => generateKeyPairSync('ed25519').privateKey;
const toPublic = (key: KeyObject) => toSshPublicKey(key);

const [A, B, GONE] = [newKey(), newKey(), newKey()];
const authorities = { A: toPublic(A), B: toPublic(B), GONE: toPublic(GONE) };
const [GOOD_KEY, LISTED_KEY, HASHED_KEY] = [newKey(), newKey(), newKey()].map(toPublic) as [
  ...[SshPublicKey, SshPublicKey, SshPublicKey],
];

function certificate(authority: KeyObject, serial: bigint, keyId = 'alice', key = GOOD_KEY): SshCertificate {
  return createUserCertificate(
    {
      ...{ key, serial, keyId, principals: ['deploy'], validAfter: FROM, validBefore: UNTIL },
      ...{ sourceAddresses: [], forceCommand: null },
    },
    { key: authority, random },
  );
}

/** In both lists: serials that make a list, a range and a bitmap, an id, keys, and an authority. */
const SPREAD = [3n, 1_000n, 70_000n, 0xffff_ffff_ffff_ffffn];
const RANGE = Array.from({ length: 400 }, (_, at) => BigInt(at + 5_000));
const CROWD = Array.from({ length: 300 }, (_, at) => BigInt(at * 3 + 100_000));
const REVOKED_ID = 'asterism:local:bob:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11:1795593600';

const CASES: readonly (readonly [revoked: boolean, what: string, certificate: SshCertificate])[] = [
  [false, 'none of it', certificate(A, 1n)],
  ...SPREAD.map((serial) => [true, `serial ${serial}`, certificate(A, serial)] as const),
  ...[2n, 4n, 999n, 69_999n, 70_001n, 0xffff_ffff_ffff_fffen].map(
    (serial) => [false, `serial ${serial}`, certificate(A, serial)] as const,
  ),
  [true, 'first of a range', certificate(A, 5_000n)],
  [true, 'last of a range', certificate(A, 5_399n)],
  [false, 'before a range', certificate(A, 4_999n)],
  [false, 'after a range', certificate(A, 5_400n)],
  [true, 'first of a crowd', certificate(A, 100_000n)],
  [true, 'last of a crowd', certificate(A, 100_897n)],
  [false, 'between a crowd', certificate(A, 100_001n)],
  [false, 'after a crowd', certificate(A, 100_898n)],
  [false, 'serial of another authority', certificate(B, 3n)],
  [true, 'id', certificate(A, 1n, REVOKED_ID)],
  [false, 'a longer id', certificate(A, 1n, `${REVOKED_ID}0`)],
  [false, 'id of another authority', certificate(B, 1n, REVOKED_ID)],
  [true, 'whole key', certificate(B, 1n, 'alice', LISTED_KEY)],
  [true, 'hash of a key', certificate(B, 1n, 'alice', HASHED_KEY)],
  [true, 'authority', certificate(GONE, 1n)],
];

let folder: string;
let files: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-krl-'));
  files = await Promise.all(
    CASES.map(([, , each], at) => write(`${at}-cert.pub`, `${formatCertificate(each)}\n`)),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, data: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, data);
  return path;
}

/** What ssh-keygen says of each file. */
async function verdicts(list: string, asked: readonly string[]): Promise<boolean[]> {
  const { stdout } = await run('ssh-keygen', ['-Q', '-f', list, ...asked]).catch(
    // Exit 1: at least one is revoked.
    (error: { code: number; stdout: string }) => (error.code === 1 ? error : Promise.reject(error)),
  );
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(asked.length);
  return lines.map((line) => {
    expect(line).toMatch(/: (REVOKED|ok)$/);
    return line.endsWith('REVOKED');
  });
}

const ours = () =>
  writeRevocationList({
    ...{ version: 7n, generatedAt: FROM, comment: 'by us' },
    certificates: [
      { authority: authorities.A, serials: [...CROWD, ...SPREAD, ...RANGE], keyIds: [REVOKED_ID] },
    ],
    fingerprints: [LISTED_KEY, HASHED_KEY, authorities.GONE].map(fingerprintOf),
  });

/** The same, made by ssh-keygen. */
async function theirs(): Promise<string> {
  const authority = await write('a.pub', `${formatPublicKey(authorities.A)}\n`);
  const orders = [
    ...[...SPREAD, ...CROWD].map((serial) => `serial: ${serial}`),
    ...['serial: 5000-5399', `id: ${REVOKED_ID}`, `key: ${formatPublicKey(LISTED_KEY)}`],
    ...[`sha256: ${formatPublicKey(HASHED_KEY)}`, `hash: ${fingerprintOf(authorities.GONE)}`],
  ];
  const orderFile = await write('orders', `${orders.join('\n')}\n`);
  const list = join(folder, 'theirs');
  await run('ssh-keygen', ['-k', '-f', list, '-s', authority, '-z', '7', orderFile]);
  return list;
}

const isIn = (bytes: Uint8Array) => {
  const list = parseRevocationList(bytes);
  return CASES.map(([, , { key, authority, serial, keyId }]) =>
    isRevoked(list, { fingerprint: fingerprintOf(key), authority: fingerprintOf(authority), serial, keyId }),
  );
};
const wanted = CASES.map(([revoked]) => revoked);
const named = (given: readonly boolean[]) =>
  Object.fromEntries(CASES.map(([, what], at) => [what, given[at]]));

describe('key revocation lists and ssh-keygen', () => {
  it('have the same verdicts from one of ours', async () => {
    const list = await write('ours', ours());
    expect(named(await verdicts(list, files))).toEqual(named(wanted));
    expect(named(isIn(ours()))).toEqual(named(wanted));
  });

  it('have the same verdicts from one that ssh-keygen made', async () => {
    const list = await theirs();
    expect(named(await verdicts(list, files))).toEqual(named(wanted));
    const bytes = new Uint8Array(await readFile(list));
    expect(named(isIn(bytes))).toEqual(named(wanted));
    expect(parseRevocationList(bytes)).toMatchObject({ version: 7n });
    expect(ours().length).toBeLessThanOrEqual(bytes.length);
  });

  it('have the same verdicts where no authority is named', async () => {
    const list = join(folder, 'of-any');
    await run('ssh-keygen', ['-k', '-f', list, '-s', 'none', await write('any', 'serial: 3\n')]);
    const asked = await verdicts(list, files);
    expect(named(isIn(new Uint8Array(await readFile(list))))).toEqual(named(asked));
    expect(named(asked)).toMatchObject({
      'serial 3': true,
      'serial of another authority': true,
      'serial 4': false,
    });
  });

  it('revoke plain keys, and pass over those that are not there', async () => {
    const keys = [GOOD_KEY, LISTED_KEY, HASHED_KEY, authorities.GONE, authorities.A];
    const asked = await Promise.all(
      keys.map((key, at) => write(`key-${at}.pub`, `${formatPublicKey(key)}\n`)),
    );
    const list = await write('ours', ours());
    expect(await verdicts(list, asked)).toEqual([false, true, true, true, false]);
  });

  it.each([
    ['crowded', 3n],
    ['spread', 97n],
    ['far apart', 184_000_000_000_000n],
  ])('hold 100,000 serials, %s', async (_, step) => {
    const serials = Array.from({ length: 100_000 }, (__, at) => BigInt(at + 1) * step);
    const list = await write(
      'many',
      writeRevocationList({
        ...{ version: 1n, generatedAt: FROM, comment: '', fingerprints: [] },
        certificates: [{ authority: authorities.A, serials }],
      }),
    );
    const asked = [step, step + 1n, 50_000n * step, 50_000n * step - 1n, 100_000n * step, 100_001n * step];
    const paths = await Promise.all(
      asked.map((serial, at) =>
        write(`many-${at}-cert.pub`, `${formatCertificate(certificate(A, serial))}\n`),
      ),
    );
    expect(await verdicts(list, paths)).toEqual([true, false, true, false, true, false]);
  });
});
