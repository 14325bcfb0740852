import { resolve } from 'node:path';
import type { ReadyFile } from '../connection/endpoint.ts';
import { writeAtomically } from './data-directory.ts';

/** Readers that wait for the file find it whole. */
export async function writeReadyFile(path: string, ready: ReadyFile): Promise<void> {
  await writeAtomically(resolve(path), `${JSON.stringify(ready, null, 2)}\n`);
}
