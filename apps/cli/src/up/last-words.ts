import type { Supervised } from './supervised.ts';

interface LogLine {
  readonly code?: unknown;
  readonly msg?: unknown;
  readonly reason?: unknown;
  readonly err?: { readonly message?: unknown } | null;
}

const LINES = 40;
const SHOWN = 12;

/** Why a process ended, from what it has written since its start: the last JSON line that has a code, else the end of it. */
export async function lastWords(process: Supervised): Promise<string> {
  const lines = (await process.tail(LINES)).split('\n');
  for (const line of lines.toReversed()) {
    const words = toWords(line);
    if (words !== null) return words;
  }
  return lines.slice(-SHOWN).join('\n');
}

export function toWords(line: string): string | null {
  let parsed: LogLine | null;
  try {
    parsed = JSON.parse(line) as LogLine | null;
  } catch {
    return null;
  }
  if (typeof parsed?.code !== 'string') return null;
  const message = parsed.err?.message ?? parsed.reason ?? parsed.msg;
  return typeof message === 'string' ? `${parsed.code}: ${message}` : parsed.code;
}
