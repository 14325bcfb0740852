import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** `type base64 comment`, sshd(8) "AUTHORIZED_KEYS FILE FORMAT". */
const PUBLIC_KEY = /^[a-z][a-z0-9@.-]+ ([A-Za-z0-9+/]+={0,2})(?: |$)/;

/** Fingerprints of OpenSSH public keys as `ssh-keygen -l` shows them: `SHA256:` and unpadded base64. */
export async function readFingerprints(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    files.map(async (file) => {
      const [, key] = PUBLIC_KEY.exec(await readFile(file, 'utf8')) ?? [];
      if (key === undefined) throw new Error(`sshHostKeys: ${file} is no OpenSSH public key`);
      const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
      return `SHA256:${digest.replace(/=+$/, '')}`;
    }),
  );
}
