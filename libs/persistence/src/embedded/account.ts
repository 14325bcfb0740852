import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PersistenceError } from '../errors.ts';

const run = promisify(execFile);

/** Whom the server runs as. PostgreSQL refuses root, and rightly. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** False where the API itself is not root: then the server runs as the API's own user. */
  readonly switched: boolean;
}

/** @throws PersistenceError `postgres-user-missing` where root has no such user to switch to */
export async function findAccount(user: string): Promise<Account> {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) return { uid, gid, switched: false };
  const entry = await run('getent', ['passwd', user]).catch(() => undefined);
  const [, , userId, groupId] = entry?.stdout.split(':') ?? [];
  if (userId === undefined || groupId === undefined || Number(userId) === 0) {
    throw new PersistenceError(
      'postgres-user-missing',
      `there is no system user "${user}", and PostgreSQL does not run as root: add it with ` +
        `"adduser --system --group --no-create-home ${user}", or start as another user`,
    );
  }
  return { uid: Number(userId), gid: Number(groupId), switched: true };
}
