/** Of native stack, over the 16 KiB that Node's TLS decrypts into and the frames around them. */
const FRAMES = 4_096;

/**
 * Overwrites the stack below the event loop. Node decrypts what it reads into an array there, and nothing wipes that: a
 * ticket would stay until as long an answer is read. JavaScript's frames are on the same stack. Only a turn of the event
 * loop of its own is above all of them.
 */
export async function wipeStack(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  overwrite(FRAMES);
}

function overwrite(frames: number): number {
  return frames === 0 ? 0 : 1 + overwrite(frames - 1);
}
