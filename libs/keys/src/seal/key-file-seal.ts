import { frame } from '@asterism/bytes';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KeysError } from '../errors.ts';
import type { Seal } from './seal.ts';
import { unwrap, wrap, type RandomSource } from './wrap.ts';

const CONTEXT = frame('asterism/key-file-seal/v1');

export interface KeyFileSealOptions {
  /** 32 raw bytes, mode 0600, owned by the user of this process. */
  readonly path: string;
  /** Must be said in the configuration: whoever reads the file reads every cluster root. */
  readonly allowed: boolean;
  readonly random: RandomSource;
}

/**
 * A seal for a developer's machine: AES-256-GCM under a key in a file.
 * @throws KeysError `key-file-not-allowed`, `key-file-mode`, `key-file-invalid`
 */
export async function keyFileSeal(options: KeyFileSealOptions): Promise<Seal> {
  if (options.allowed !== true) {
    throw new KeysError('key-file-not-allowed', 'the configuration does not name a key file as seal');
  }
  const key = await readKey(options.path);
  return {
    kind: 'key-file',
    seal: async (secret) => ({
      sealed: wrap(key, options.random(12), secret, CONTEXT),
      description: { kind: 'key-file' },
    }),
    unseal: async (sealed) => unwrap(key, sealed, CONTEXT),
  };
}

async function readKey(path: string): Promise<Uint8Array> {
  // One descriptor for check and read, and no link followed: the file checked is the file read.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause: unknown) => {
    throw new KeysError('key-file-invalid', 'cannot open the key file', { got: path, cause });
  });
  try {
    const { mode, uid, size } = await file.stat();
    if ((mode & 0o777) !== 0o600) {
      throw new KeysError('key-file-mode', 'key file is open to others', {
        got: (mode & 0o777).toString(8).padStart(4, '0'),
        want: '0600',
      });
    }
    if (process.getuid && uid !== process.getuid()) {
      throw new KeysError('key-file-mode', 'key file belongs to another user', {
        got: uid,
        want: process.getuid(),
      });
    }
    if (size !== 32)
      throw new KeysError('key-file-invalid', 'key file is not 32 bytes', { got: size, want: 32 });
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}
