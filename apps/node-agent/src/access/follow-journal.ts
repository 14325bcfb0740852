import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { ReadLog } from './follow-log-file.ts';
import { parseMessage } from './session-log-line.ts';
import type { LogPosition } from './session-store.ts';

const RESTART_MS = 2_000;

/**
 * Fields that journald itself writes begin with `_`: a program that only says that it is sshd does not pass. What the kernel
 * sends along (`_PID`, `_UID`) is always there; what journald reads of the process is not where that has ended meanwhile.
 */
const entrySchema = z.object({
  __CURSOR: z.string(),
  _UID: z.literal('0'),
  _EXE: z
    .string()
    .regex(/\/sshd(?:-session|-auth)?$/)
    .optional(),
  _PID: z.string().regex(/^\d+$/),
  MESSAGE: z.string(),
});

/** Reads sshd's messages in the journal as they come, from where they were read before; without a position, from now on. */
export async function* followJournal(from: LogPosition | null, signal: AbortSignal): AsyncGenerator<ReadLog> {
  let cursor = from?.kind === 'journal' ? from.cursor : await endOfJournal();
  // Remembered before anything comes, so that what comes while the agent is away is read afterwards.
  if (from === null && cursor !== null) yield { logins: [], position: { kind: 'journal', cursor } };
  while (!signal.aborted) {
    const place = ['--no-tail', ...(cursor === null ? [] : [`--after-cursor=${cursor}`])];
    const child = spawn(
      'journalctl',
      ['--follow', '--output=json', '--identifier=sshd', '--identifier=sshd-session', ...place],
      { stdio: ['ignore', 'pipe', 'ignore'], signal },
    );
    // Where it cannot be started, or is ended by the signal.
    child.on('error', () => undefined);
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        const read = readEntry(line);
        if (read === undefined) continue;
        if (read.position.kind === 'journal') cursor = read.position.cursor;
        yield read;
      }
    } finally {
      // Whoever reads may have given up.
      child.kill();
    }
    await wait(RESTART_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Null where nothing is in it yet. */
async function endOfJournal(): Promise<string | null> {
  const last = ['--lines=1', '--output=json', '--output-fields=MESSAGE', '--quiet'];
  const { stdout } = await promisify(execFile)('journalctl', last).catch(() => ({ stdout: '' }));
  const { success, data } = z.object({ __CURSOR: z.string() }).safeParse(readJson(stdout));
  return success ? data.__CURSOR : null;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined for entries that are not sshd's own. */
export function readEntry(line: string): ReadLog | undefined {
  const { success, data } = entrySchema.safeParse(readJson(line));
  if (!success) return undefined;
  const login = parseMessage(data.MESSAGE, Number(data._PID));
  return { logins: login === undefined ? [] : [login], position: { kind: 'journal', cursor: data.__CURSOR } };
}
