import { audit, inTransaction, tokens, type Database } from '@asterism/persistence';
import { open, rename, rm } from 'node:fs/promises';
import { makeSecret } from '../auth/secrets.ts';
import { StartError } from './start-error.ts';

const YEAR_MS = 365 * 86_400_000;

/**
 * Makes the first admin token where the database has none yet, and leaves its secret in a file that only this user reads.
 * The file is on the disk before the token is committed: a crash in between leaves a file that opens nothing, never a
 * database that nobody can enter. Of replicas that start together one makes it.
 */
export async function makeFirstToken(
  database: Database,
  file: string | undefined,
  random: (length: number) => Uint8Array,
): Promise<boolean> {
  if (await tokens.hasAny(database.queries)) return false;
  if (file === undefined) {
    throw new StartError(
      'admin-token-file-missing',
      'the database has no token yet: say with ASTERISM_ADMIN_TOKEN_FILE where the first one goes',
    );
  }
  const secret = await makeSecret('token', random);
  const temporary = `${file}.new`;
  await writeSecret(temporary, secret.text);
  try {
    return await inTransaction(database, async (tx) => {
      const token = await tokens.createFirst(tx, {
        name: 'first admin',
        kind: 'token',
        secretHash: secret.hash,
        bindings: [{ role: 'admin', clusterId: null }],
        createdBy: 'system',
        expiresAt: new Date(tx.now.getTime() + YEAR_MS),
      });
      if (token === undefined) return false;
      audit.append(tx, {
        clusterId: null,
        actor: 'system',
        action: 'token.created',
        target: `token:${token.id}`,
        details: {
          name: token.name,
          bindings: [{ role: 'admin', clusterId: null }],
          expiresAt: token.expiresAt,
        },
      });
      await rename(temporary, file);
      return true;
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeSecret(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const handle = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new StartError(
      'file-unwritable',
      `ASTERISM_ADMIN_TOKEN_FILE: cannot write ${path} (${String(cause.code)})`,
      {
        cause,
      },
    );
  });
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
