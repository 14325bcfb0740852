import { createBackup } from '@asterism/api-client';
import { access, link, open, rm } from 'node:fs/promises';
import { dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { ApiError, UsageError } from '../errors.ts';
import { Steps } from '../output/steps.ts';

interface BackupOptions {
  readonly out: string;
  readonly recipient?: string[];
}

/** As it comes, encrypted, to a file that has its name once it is whole. */
export async function backup({ context, options }: Invocation<BackupOptions>): Promise<undefined> {
  const { out, recipient } = options;
  await requireAbsent(out);
  const steps = new Steps(context.terminal, () => performance.now());
  const bytes = await steps.run('backup', (update) =>
    withApi(context, async ({ client }) => {
      const body = recipient === undefined ? {} : { recipients: recipient };
      const source = await dataOf(createBackup({ client, body, parseAs: 'stream' }));
      return write(source as unknown as ReadableStream<Uint8Array>, out, update);
    }),
  );
  context.terminal.result({ out, bytes }, () => `${bytes} bytes are in ${out}`);
}

async function write(
  source: ReadableStream<Uint8Array>,
  out: string,
  update: (detail: string) => void,
): Promise<number> {
  const partial = `${out}.part`;
  const handle = await open(partial, 'w', 0o600);
  try {
    let bytes = 0;
    try {
      for await (const chunk of source) {
        await handle.writeFile(chunk);
        bytes += chunk.length;
        update(`${bytes} bytes`);
      }
    } catch (cause) {
      throw new ApiError('api-unreachable', 'the API stopped in the middle of the backup', { cause });
    }
    await handle.sync();
    // Unlike a rename it never replaces what came there meanwhile.
    await link(partial, out);
    return bytes;
  } finally {
    await handle.close();
    await rm(partial, { force: true });
  }
}

async function requireAbsent(file: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (there) throw new UsageError('file-exists', `${file} is there already`);
}
