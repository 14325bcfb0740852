import { PersistenceError, type RestoreBackupOptions } from '@asterism/persistence';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { UsageError } from '../errors.ts';

const TYPE = 'asterism-backup+jwt';

/** Encryption says who can read a backup, the signature who made it. @throws UsageError `file-malformed`; what it returns PersistenceError `backup-signature-wrong` */
export function requireMadeBy(keys: string): NonNullable<RestoreBackupOptions['check']> {
  const keySet = toKeySet(keys);
  return async ({ signature }, sha256) => {
    if (signature === null) throw wrong('the backup is not signed: it was made while the keys were sealed');
    const verified = await compactVerify(signature, keySet).catch((cause: unknown) => {
      throw wrong('the backup was not signed by one of these keys', cause);
    });
    const claims = JSON.parse(new TextDecoder().decode(verified.payload)) as { sha256?: unknown };
    if (verified.protectedHeader.typ !== TYPE || claims.sha256 !== sha256) {
      throw wrong('the signature is of something else');
    }
  };
}

function toKeySet(text: string): ReturnType<typeof createLocalJWKSet> {
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch (cause) {
    throw new UsageError('file-malformed', 'not a key set (JWKS)', { cause });
  }
}

function wrong(message: string, cause?: unknown): PersistenceError {
  return new PersistenceError('backup-signature-wrong', message, { cause });
}
