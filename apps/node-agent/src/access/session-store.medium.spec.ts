import type { SshSessionEvent } from '@asterism/contracts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionStore } from './session-store.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-sessions-'));
  file = join(folder, 'ssh-sessions.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const event = (count: number): SshSessionEvent => ({
  kind: 'closed',
  session: `0197a3c2-5d2e-7c3a-9f61-${String(count).padStart(12, '0')}`,
  at: '2026-11-25T08:00:00.000Z',
  reason: 'logout',
});
const broken: string[] = [];
const open = () => SessionStore.open(file, (reason) => broken.push(reason));
const POSITION = { kind: 'file', inode: 5, offset: 100 } as const;

describe('what an agent remembers of sessions', () => {
  it('is the same after a crash: position, sessions and events together', async () => {
    const store = await open();
    await store.add([event(1), event(2)], { position: POSITION, open: [] });
    const again = await open();
    expect([again.position, again.next(10), again.open]).toEqual([POSITION, [event(1), event(2)], []]);
  });

  it('forgets an event once the API has it, and no other', async () => {
    const store = await open();
    await store.add([event(1), event(2), event(3)], {});
    const first = store.next(2);
    await store.add([event(4)], {});
    await store.taken(first);
    expect((await open()).next(10)).toEqual([event(3), event(4)]);
  });

  it('lets the oldest go where there are too many, and counts them', async () => {
    const store = await open();
    await store.add(
      Array.from({ length: 5_002 }, (_, at) => event(at)),
      {},
    );
    expect([store.next(1), store.dropped, store.next(9_999).length]).toEqual([[event(2)], 2, 5_000]);
  });

  it('is whole however many change it at once, and has every change', async () => {
    const store = await open();
    const events = Array.from({ length: 40 }, (_, at) => event(at));
    await Promise.all(
      events.flatMap((each, at) => {
        const position = { ...POSITION, offset: at };
        return [store.add([each], { position }), ...(at % 2 === 0 ? [store.taken([each])] : [])];
      }),
    );
    const again = await open();
    expect(again.next(99)).toEqual(events.filter((_, at) => at % 2 === 1));
    expect(again.position).toEqual({ ...POSITION, offset: 39 });
  });

  it('begins anew where the file is damaged, and says so', async () => {
    await writeFile(file, '{"schema":');
    expect((await open()).next(1)).toEqual([]);
    expect(broken).toHaveLength(1);
  });
});
