import type { Access, AccessUser } from '@asterism/api-client';
import { fingerprintOf, parsePublicKey, SshError } from '@asterism/ssh';
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UsageError } from '../errors.ts';
import { readPublicKey } from './ssh-certificate.ts';

/** A key that its owner can log in with. */
export interface OwnKey {
  /** Public, one line. */
  readonly line: string;
  readonly fingerprint: string;
  /** What ssh takes as `IdentityFile`; null: the agent has it, and a file of the public key says which. */
  readonly identity: string | null;
}

/** The key that was named, or every key of the agent. @throws UsageError where there is none */
export async function findOwnKeys(identity: string | undefined): Promise<readonly OwnKey[]> {
  if (identity !== undefined) return [await keyOfFile(identity)];
  const { stdout } = await promisify(execFile)('ssh-add', ['-L']).catch((cause: unknown) => {
    throw new UsageError('usage', 'the agent has no key', { want: 'ssh-add, or --identity FILE', cause });
  });
  return stdout.split('\n').flatMap((line) => keyOfLine(line.trim(), null));
}

async function keyOfFile(file: string): Promise<OwnKey> {
  const isPublic = file.endsWith('.pub');
  const [key] = keyOfLine(await readPublicKey(isPublic ? file : `${file}.pub`), null);
  if (key === undefined) throw new UsageError('file-malformed', `${file} is no key that is taken`);
  const privateFile = isPublic ? file.slice(0, -'.pub'.length) : file;
  const hasPrivate = await access(privateFile).then(
    () => true,
    () => false,
  );
  return { ...key, identity: hasPrivate ? privateFile : null };
}

/** Certificates and kinds that are not taken are passed over: an agent may have any. */
function keyOfLine(line: string, identity: string | null): OwnKey[] {
  if (line === '') return [];
  try {
    return [{ line, fingerprint: fingerprintOf(parsePublicKey(line)), identity }];
  } catch (error) {
    if (error instanceof SshError) return [];
    throw error;
  }
}

/** Whose of these keys is declared: the first that is. @throws UsageError where none is */
export function chooseDeclared(
  keys: readonly OwnKey[],
  { users }: Pick<Access, 'users'>,
): { readonly key: OwnKey; readonly user: AccessUser } {
  for (const key of keys) {
    const user = users.find(({ publicKeys }) =>
      publicKeys.some((line) => fingerprintOf(parsePublicKey(line)) === key.fingerprint),
    );
    if (user !== undefined) return { key, user };
  }
  throw new UsageError('usage', 'none of your keys is declared in this cluster', {
    got: keys.map(({ fingerprint }) => fingerprint).join(', ') || 'no key',
  });
}
