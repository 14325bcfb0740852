import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeaderFile } from './header-file.ts';
import { runProgram } from './programs.ts';
import { StateDisk } from './state-disk.ts';

describe('programs', () => {
  it('that are not there have their code', async () => {
    await expect(runProgram('no-such-program', [], 'cryptsetup-missing')).rejects.toMatchObject({
      code: 'cryptsetup-missing',
    });
  });

  it('get nothing of this process’s environment', async () => {
    process.env['SECRET_OF_THE_AGENT'] = 'tell nobody';
    const { output } = await runProgram('env', [], 'cryptsetup-missing');
    delete process.env['SECRET_OF_THE_AGENT'];
    expect(output.split('\n').map((line) => line.split('=')[0])).toEqual(['PATH', 'LC_ALL']);
  });

  it('end when they are no longer wanted', async () => {
    const sleep = runProgram('sleep', ['60'], 'cryptsetup-missing', { signal: AbortSignal.timeout(50) });
    await expect(sleep).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

it('a header is kept in memory or nowhere', async () => {
  await expect(HeaderFile.create(0, ['/proc', '/work-not-there', process.cwd()])).rejects.toMatchObject({
    code: 'state-disk-memory-missing',
  });
});

it('keys are in no argument and no environment of a program', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-disk-'));
  const key = Buffer.from('a key of thirty-two characters !');
  const next = { key: Buffer.from('another of thirty-two characters'), version: 2 };
  const disk = new StateDisk({
    ...{ cluster: 'c', disk: 'd', device: join(folder, 'disk'), mapping: 'asterism-test' },
    ...{ activation: 'header-only', filesystem: 'ext4', mountPoint: null, discard: false },
  });
  const grant = { key, version: 1, scheme: 'asterism', kdf: 'argon2id', acceptedEpoch: null } as const;
  const seen = new Set<string>();
  const looking = setInterval(() => programs().forEach((each) => seen.add(each)), 5);
  try {
    await disk.open({ ...grant, format: true, epoch: 0, next: null });
    await disk.open({ ...grant, format: false, epoch: 1, next });
  } finally {
    clearInterval(looking);
    await rm(folder, { recursive: true });
  }
  for (const action of ['luksFormat', 'luksAddKey', 'open']) {
    expect([...seen].some((each) => each.includes(`cryptsetup\0${action}`))).toBe(true);
  }
  const secrets = [key, next.key].flatMap((each) => [
    each.toString(),
    each.toString('hex'),
    each.toString('base64'),
  ]);
  for (const each of seen) for (const secret of secrets) expect(each).not.toContain(secret);
});

/** Arguments and environment of every running cryptsetup. */
function programs(): string[] {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1');
    } catch {
      return ''; // gone meanwhile
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${read(pid, 'cmdline')}\0${read(pid, 'environ')}`)
    .filter((text) => text.startsWith('cryptsetup') || text.startsWith('setpriv'));
}
