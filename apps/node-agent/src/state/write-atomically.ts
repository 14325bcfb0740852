import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Readers see the old content or the new one, whatever is killed in between. `durable`: on the disk when it returns,
 * name and all, because what follows must not be forgotten over a power cut.
 */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  options: { readonly durable: boolean; readonly mode?: number },
): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', options.mode ?? 0o600);
  try {
    await handle.writeFile(content);
    if (options.durable) await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  if (options.durable) await syncDirectory(dirname(file));
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
