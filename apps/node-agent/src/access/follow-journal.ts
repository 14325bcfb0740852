import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { ReadLog } from './follow-log-file.ts';
import { parseMessage } from './session-log-line.ts';
import type { LogPosition } from './session-store.ts';

const RESTART_MS = 2_000;

/** Fields that journald itself writes begin with `_`: a program that only says that it is sshd does not pass. */
const entrySchema = z.object({
  __CURSOR: z.string(),
  _UID: z.literal('0'),
  _EXE: z.string().regex(/\/sshd(?:-session|-auth)?$/),
  _PID: z.string().regex(/^\d+$/),
  MESSAGE: z.string(),
});

/** Reads sshd's messages in the journal as they come, from where they were read before; without a position, from now on. */
export async function* followJournal(from: LogPosition | null, signal: AbortSignal): AsyncGenerator<ReadLog> {
  let cursor = from?.kind === 'journal' ? from.cursor : null;
  while (!signal.aborted) {
    const place = cursor === null ? ['--lines=0'] : [`--after-cursor=${cursor}`];
    const child = spawn(
      'journalctl',
      ['--follow', '--output=json', '--identifier=sshd', '--identifier=sshd-session', ...place],
      { stdio: ['ignore', 'pipe', 'ignore'], signal },
    );
    // Where it cannot be started, or is ended by the signal.
    child.on('error', () => undefined);
    for await (const line of createInterface({ input: child.stdout })) {
      const read = readEntry(line);
      if (read === undefined) continue;
      if (read.position.kind === 'journal') cursor = read.position.cursor;
      yield read;
    }
    await wait(RESTART_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Undefined for entries that are not sshd's own. */
export function readEntry(line: string): ReadLog | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { success, data } = entrySchema.safeParse(json);
  if (!success) return undefined;
  const login = parseMessage(data.MESSAGE, Number(data._PID));
  return { logins: login === undefined ? [] : [login], position: { kind: 'journal', cursor: data.__CURSOR } };
}
