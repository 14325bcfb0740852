import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** Waits for requests on a thread of its own: on Node's it would take the place that the file calls it answers need. */
const { device, size } = workerData as { readonly device: number; readonly size: number };
const buffer = new Uint8Array(size);
for (;;) {
  let length: number;
  try {
    length = readSync(device, buffer, 0, size, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINTR') continue;
    break; // ENODEV: unmounted
  }
  parentPort?.postMessage(buffer.slice(0, length));
}
