import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSeals, type Seals } from '../seal/seals.ts';

/** A seal under a fresh key file in this folder: another one each time. */
export async function makeFileSeal(folder: string): Promise<Seals> {
  const path = join(folder, `seal-${randomBytes(8).toString('hex')}.key`);
  await writeFile(path, randomBytes(32), { mode: 0o600 });
  const random = (length: number) => new Uint8Array(randomBytes(length));
  return createSeals({ kind: 'key-file', path }, { tpm: undefined, providers: new Map(), random });
}
