import { fromBase64url, toBase64url, BytesError } from '@asterism/bytes';
import {
  createAk,
  loadAk,
  TpmCommandError,
  TpmFormatError,
  type AkBlobs,
  type AttestationKey,
  type Tpm,
} from '@asterism/tpm';
import { open, readFile, rename } from 'node:fs/promises';

const SCHEMA = 'asterism/attestation-key/v1';

export interface OpenedAttestationKey {
  readonly key: AttestationKey;
  /** Made now: verifiers have to have it activated again. */
  readonly created: boolean;
}

/**
 * The attestation key whose blobs are in `file`, loaded; they are useless outside this TPM. Where the file is missing,
 * broken or of another TPM (or of this one before it was cleared) a new key is made and replaces it.
 */
export async function openAttestationKey(tpm: Tpm, file: string): Promise<OpenedAttestationKey> {
  const kept = await readBlobs(file);
  if (kept !== null) {
    const key = await loadAk(tpm, kept).catch((error: unknown) => {
      if (isForeign(error)) return null;
      throw error;
    });
    if (key !== null) return { key, created: false };
  }
  const blobs = await createAk(tpm, { type: 'ecc' });
  await writeBlobs(file, blobs);
  return { key: await loadAk(tpm, blobs), created: true };
}

/** A busy or silent TPM says nothing about the blobs, and must not cost the key. */
function isForeign(error: unknown): boolean {
  return (
    error instanceof TpmFormatError || (error instanceof TpmCommandError && error.code === 'command-failed')
  );
}

async function readBlobs(file: string): Promise<AkBlobs | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as { schema?: unknown; public?: unknown; private?: unknown } | null;
    if (kept?.schema !== SCHEMA) return null;
    return { public: fromBase64url(String(kept.public)), private: fromBase64url(String(kept.private)) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BytesError) return null;
    throw error;
  }
}

/** Whole or not at all, and on the disk before anybody is told of the key. */
async function writeBlobs(file: string, blobs: AkBlobs): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    const kept = { schema: SCHEMA, public: toBase64url(blobs.public), private: toBase64url(blobs.private) };
    await handle.writeFile(`${JSON.stringify(kept)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
