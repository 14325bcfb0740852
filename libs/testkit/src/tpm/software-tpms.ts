import { createSoftwareTpm, startSoftwareTpm, type SoftwareTpm } from '@asterism/tpm-device';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Real software TPMs of one authority, in a folder of their own under the system's, short enough for sockets. */
export interface SoftwareTpms {
  readonly directory: string;
  readonly authority: { readonly directory: string };
  /** Makes the TPM of that name at the first call, starts it at each. */
  start(name: string): Promise<SoftwareTpm>;
  /** Stops what runs and removes the folder. */
  remove(): Promise<void>;
}

export async function softwareTpms(): Promise<SoftwareTpms> {
  const directory = await mkdtemp(join(tmpdir(), 'asterism-tpm-'));
  const authority = { directory: join(directory, 'ca') };
  const started: SoftwareTpm[] = [];
  return {
    directory,
    authority,
    start: async (name) => {
      const own = { directory: join(directory, name) };
      await createSoftwareTpm({ ...own, certificateAuthority: authority });
      const tpm = await startSoftwareTpm(own);
      started.push(tpm);
      return tpm;
    },
    remove: async () => {
      await Promise.all(started.map((tpm) => tpm.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
