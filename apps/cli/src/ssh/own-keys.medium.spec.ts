import type { AccessUser } from '@asterism/api-client';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseDeclared, findOwnKeys } from './own-keys.ts';

const run = promisify(execFile);
let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-'));
  for (const name of ['alice', 'other']) {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file(name)]);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function userOf(name: string): Promise<AccessUser> {
  // A declaration has a comment of its own: keys are compared, not lines.
  const [type, key] = (await readFile(file(`${name}.pub`), 'utf8')).split(' ');
  return {
    ...{ name, comment: '', publicKeys: [`${type} ${key} as declared`], principals: [name], pools: 'all' },
    ...{ sudo: { kind: 'none' }, expiresAt: null },
  };
}

describe('a key that is named', () => {
  it('is used from its file, whichever of the two files is named', async () => {
    for (const named of ['alice', 'alice.pub']) {
      expect(await findOwnKeys(file(named))).toMatchObject([{ identity: file('alice') }]);
    }
  });

  it('is left to the agent where the private one is not there', async () => {
    await rename(file('other'), file('elsewhere'));
    expect(await findOwnKeys(file('other.pub'))).toMatchObject([{ identity: null }]);
  });

  it('is refused where it is none', async () => {
    await expect(findOwnKeys(file('nobody'))).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(findOwnKeys(file('elsewhere'))).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});

describe('of several keys', () => {
  it('the first that is declared is taken, with its user', async () => {
    const keys = [...(await findOwnKeys(file('other.pub'))), ...(await findOwnKeys(file('alice')))];
    const chosen = chooseDeclared(keys, { users: [await userOf('alice')] });
    expect([chosen.user.name, chosen.key.identity]).toEqual(['alice', file('alice')]);
    expect(() => chooseDeclared(keys, { users: [] })).toThrow('none of your keys is declared');
  });
});
