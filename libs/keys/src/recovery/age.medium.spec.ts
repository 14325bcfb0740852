import { randomBytes, randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecoverySet, openShare, parseShare, ShareCollector, type RecoveryShare } from './index.ts';

const run = promisify(execFile);

describe('the age command line', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-age-'));
    for (const name of ['ada', 'grace']) await run('age-keygen', ['-o', path(name)]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const recipientOf = async (name: string) => (await run('age-keygen', ['-y', path(name)])).stdout.trim();

  async function decryptWithAge(name: string, encrypted: string): Promise<string> {
    await writeFile(path('share.age'), encrypted);
    return (await run('age', ['--decrypt', '-i', path(name), path('share.age')])).stdout;
  }

  async function encryptWithAge(name: string, text: string): Promise<string> {
    await writeFile(path('plain'), text, { mode: 0o600 });
    return (await run('age', ['--armor', '-r', await recipientOf(name), path('plain')])).stdout;
  }

  it('opens our shares, and we open what it encrypts', async () => {
    const secret = new Uint8Array(randomBytes(32));
    const recipients = await Promise.all(
      ['ada', 'grace'].map(async (name) => ({ name, recipient: await recipientOf(name) })),
    );
    const set = { setId: randomUUID(), scope: { kind: 'platform' }, threshold: 2 } as const;
    const created = await createRecoverySet({ ...set, secret, recipients });

    const plain: RecoveryShare[] = [];
    for (const { name, encrypted } of created.shares) {
      const text = await decryptWithAge(name, encrypted);
      const again = await encryptWithAge(name, text);
      const share = await openShare(again, await readFile(path(name), 'utf8'));
      expect(share).toEqual(parseShare(text));
      plain.push(share);
    }
    const collector = new ShareCollector({ ...set, ...created });
    for (const share of plain) collector.add(share);
    expect(await collector.combine()).toEqual(secret);
  });

  it('opens no share with another identity', async () => {
    const recipients = await Promise.all(
      ['ada', 'grace'].map(async (name) => ({ name, recipient: await recipientOf(name) })),
    );
    const set = {
      secret: randomBytes(32),
      setId: randomUUID(),
      scope: { kind: 'platform' },
      threshold: 2,
    } as const;
    const [share] = (await createRecoverySet({ ...set, recipients })).shares;
    await expect(decryptWithAge('grace', share?.encrypted ?? '')).rejects.toThrow(/no identity matched/);
  });
});
