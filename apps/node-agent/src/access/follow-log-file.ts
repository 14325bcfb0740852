import { open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseLogLine, type AcceptedLogin } from './session-log-line.ts';
import type { LogPosition } from './session-store.ts';

/** A part of the log that was read, and where it ends. */
export interface ReadLog {
  readonly logins: readonly AcceptedLogin[];
  readonly position: LogPosition;
}

const EVERY_MS = 200;
const CHUNK = 65_536;
/** A line of sshd is shorter; what is longer is cut. */
const LONGEST_LINE = 16_384;

/**
 * Reads a log as it grows, from where it was read before. A file that is another one, or shorter than it was, is read from its
 * beginning; without a position the end is where to begin, because who came in before nobody can tell.
 */
export async function* followLogFile(
  file: string,
  from: LogPosition | null,
  signal: AbortSignal,
): AsyncGenerator<ReadLog> {
  let position = from?.kind === 'file' ? from : null;
  while (!signal.aborted) {
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined) {
      if (position === null) position = { kind: 'file', inode: found.ino, offset: found.size };
      else if (found.ino !== position.inode || found.size < position.offset) {
        position = { kind: 'file', inode: found.ino, offset: 0 };
      }
      const read = await readFrom(file, position.offset);
      if (read.offset !== position.offset || from === null) {
        position = { ...position, offset: read.offset };
        from = position;
        yield { logins: read.logins, position };
      }
    }
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function readFrom(file: string, start: number): Promise<{ logins: AcceptedLogin[]; offset: number }> {
  const handle = await open(file, 'r');
  try {
    const logins: AcceptedLogin[] = [];
    let offset = start;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, offset);
      const text = buffer.subarray(0, bytesRead);
      const end = text.lastIndexOf(10) + 1;
      // A line that is not whole yet is read again, unless it is none that could be of interest.
      if (end === 0) return { logins, offset: bytesRead > LONGEST_LINE ? offset + bytesRead : offset };
      for (const line of text.subarray(0, end).toString('utf8').split('\n')) {
        const login = parseLogLine(line);
        if (login !== undefined) logins.push(login);
      }
      offset += end;
      if (bytesRead < CHUNK) return { logins, offset };
    }
  } finally {
    await handle.close();
  }
}
