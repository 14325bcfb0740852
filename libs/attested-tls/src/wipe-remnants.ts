/** Of native stack, over the 16 KiB that Node's TLS decrypts into and the frames around them. */
const FRAMES = 4_096;
/** HTTP/2 frames around an answer, and what may have come with it. */
const AROUND = 512;
/** Of malloc(3) on 64-bit machines. */
const ALIGNMENT = 16;
/** From here on malloc keeps no blocks of one size apart: an eighth less than the last finds the same ones. */
const LARGE = 2_048;
/** malloc gives larger ones back to the system once they are freed; none of TLS or HTTP/2 is as long. */
const LARGEST = 128 * 1_024;
/** Up to seven of a size wait in a thread's own list, which malloc empties first and calloc passes by. */
const OF_EACH_SIZE = 8;

/**
 * Overwrites what Node leaves of an answer that was read: it decrypts into an array on the stack, and copies from a block
 * of memory that it then frees, and wipes neither. JavaScript's frames are on the same stack, and buffers of every size
 * take the free blocks. What Node does is no interface, so a test looks at a core file (apps/node-agent). Only a turn
 * of the event loop of its own is above all of those frames.
 * @param length of the answer; what this takes does not grow with its square
 */
export async function wipeRemnants(length: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  overwriteStack(FRAMES);
  overwriteFreeBlocks(Math.min(length + AROUND, LARGEST));
}

function overwriteStack(frames: number): number {
  return frames === 0 ? 0 : 1 + overwriteStack(frames - 1);
}

/** The largest first: a smaller buffer would split the block and leave its end. All are held until the last has its own. */
function overwriteFreeBlocks(largest: number): void {
  const blocks: Buffer[] = [];
  for (let size = largest; size > 0; size -= size > LARGE ? Math.ceil(size / 8) : ALIGNMENT) {
    for (let count = 0; count < OF_EACH_SIZE; count++) blocks.push(Buffer.allocUnsafeSlow(size).fill(0));
  }
}
