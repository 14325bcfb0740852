import { open } from 'node:fs/promises';

const WINDOW = 4 * 1024 * 1024;

/** Which of these byte strings are in a file, however large it is. @returns their names */
export async function searchFile(
  file: string,
  needles: ReadonlyMap<string, Uint8Array>,
): Promise<readonly string[]> {
  const overlap = Math.max(...[...needles.values()].map(({ length }) => length)) - 1;
  const window = Buffer.alloc(overlap + WINDOW);
  const found = new Set<string>();
  const handle = await open(file);
  try {
    for (let kept = 0; ;) {
      const { bytesRead } = await handle.read(window, kept, WINDOW, null);
      const filled = window.subarray(0, kept + bytesRead);
      for (const [name, needle] of needles) if (filled.includes(Buffer.from(needle))) found.add(name);
      if (bytesRead === 0) return [...found].sort();
      kept = filled.copy(window, 0, Math.max(0, filled.length - overlap));
    }
  } finally {
    await handle.close();
  }
}

/** A secret as it may stand in memory or in a file; half of it counts. */
export function spellingsOf(name: string, secret: Uint8Array): readonly (readonly [string, Uint8Array])[] {
  const bytes = Buffer.from(secret);
  const texts = (['hex', 'base64', 'base64url'] as const).map(
    (encoding) => [`${name} in ${encoding}`, Buffer.from(bytes.toString(encoding).slice(0, 40))] as const,
  );
  const half = bytes.length / 2;
  return [
    [`first half of ${name}`, bytes.subarray(0, half)],
    [`second half of ${name}`, bytes.subarray(half)],
    ...texts,
  ];
}
