import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UidLedger } from './uid-ledger.ts';

const UIDS = { from: 5_000, to: 5_003 };

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-uids-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newFile = () => join(folder, `${++files}.json`);
const next = (file: string, ...taken: readonly number[]) => new UidLedger(file).next(new Set(taken), UIDS);

describe('uids', () => {
  it('are given in turn, across restarts, also where the one before is free again', async () => {
    const file = newFile();
    expect([await next(file), await next(file), await next(file)]).toEqual([5_000, 5_001, 5_002]);
  });

  it('come back after all others, but never while somebody has them', async () => {
    const file = newFile();
    for (let given = 0; given < 4; given++) await next(file);
    expect(await next(file, 5_000, 5_003)).toBe(5_001);
    expect(await next(file, 5_000, 5_001, 5_003)).toBe(5_002);
  });

  it('run out where all are taken', async () => {
    expect(await next(newFile(), 5_000, 5_001, 5_002, 5_003)).toBeUndefined();
  });

  it.each(['', '{"schema":"asterism/ssh-uids/v1","last":9}', '[]'])(
    'go on after the highest that is there where what was remembered is lost: %j',
    async (content) => {
      const file = newFile();
      await writeFile(file, content);
      expect(await next(file, 1_000, 5_001, 65_534)).toBe(5_002);
      expect(await next(file, 5_001)).toBe(5_003);
    },
  );
});
