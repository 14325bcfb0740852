import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../errors.ts';

/** What an agent keeps, a file for each thing. */
export interface StateDirectory {
  readonly attestationKey: string;
  readonly nodeRecord: string;
  readonly bootRecord: string;
  readonly accessCache: string;
  readonly sshSessions: string;
  readonly sshUids: string;
}

/**
 * Made where missing, in a folder that exists, and proved writable before anything is started.
 * @throws ConfigurationError `directory-unusable`
 */
export async function openStateDirectory(path: string): Promise<StateDirectory> {
  const probe = join(path, `.probe-${process.pid}`);
  try {
    await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await writeFile(probe, 'x');
    await rm(probe);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ConfigurationError(
      'directory-unusable',
      `stateDirectory: ${path} cannot be written (${reason})`,
      {
        cause,
      },
    );
  }
  return {
    attestationKey: join(path, 'attestation-key.json'),
    nodeRecord: join(path, 'node.json'),
    bootRecord: join(path, 'boot.json'),
    accessCache: join(path, 'access-cache.json'),
    sshSessions: join(path, 'ssh-sessions.json'),
    sshUids: join(path, 'ssh-uids.json'),
  };
}
