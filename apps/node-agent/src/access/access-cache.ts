import { fromBase64url, toBase64url, utf8 } from '@asterism/bytes';
import { nodeAccessStateSchema } from '@asterism/contracts';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from '../state/write-atomically.ts';

/** What a node remembers of access while the API is away. */
const cachedSchema = z.strictObject({
  state: nodeAccessStateSchema,
  hostCertificates: z.array(z.string()).max(8),
});
export type CachedAccess = z.infer<typeof cachedSchema>;

const SCHEMA = 'asterism/access-cache/v1';
const fileSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /** The key of the content, as the TPM sealed it. */
  sealedKey: z.string(),
  nonce: z.string(),
  /** AES-256-GCM: ciphertext, then a tag of 16 bytes. The schema's name is additional data. */
  content: z.string(),
});

/** A TPM, as far as it keeps a key: it opens on this machine alone, booted as it was. */
export interface KeySeal {
  seal(secret: Uint8Array): Promise<Uint8Array>;
  unseal(sealed: Uint8Array): Promise<Uint8Array>;
}

export interface AccessCacheOptions {
  readonly file: string;
  readonly seal: KeySeal;
  readonly random: (length: number) => Uint8Array;
}

/**
 * Access in a file that the host cannot read or write anew: its key is sealed to this machine's TPM and boot. An older copy
 * that the host keeps does open, until its `validUntil`.
 */
export class AccessCache {
  readonly #options: AccessCacheOptions;
  #key: { readonly key: Uint8Array; readonly sealed: string } | undefined;

  constructor(options: AccessCacheOptions) {
    this.#options = options;
  }

  /** Null where there is none. @throws Error where there is one that does not open: it is to be treated as none */
  async read(): Promise<CachedAccess | null> {
    const text = await readFile(this.#options.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return null;
    const { sealedKey, nonce, content } = fileSchema.parse(JSON.parse(text));
    const key = await this.#options.seal.unseal(fromBase64url(sealedKey));
    const plain = decrypt(key, fromBase64url(nonce), fromBase64url(content));
    const cached = cachedSchema.parse(JSON.parse(plain));
    this.#key = { key, sealed: sealedKey };
    return cached;
  }

  async write(cached: CachedAccess): Promise<void> {
    const { file, seal, random } = this.#options;
    if (this.#key === undefined) {
      const key = random(32);
      this.#key = { key, sealed: toBase64url(await seal.seal(key)) };
    }
    const nonce = random(12);
    const document: z.infer<typeof fileSchema> = {
      schema: SCHEMA,
      sealedKey: this.#key.sealed,
      nonce: toBase64url(nonce),
      content: toBase64url(encrypt(this.#key.key, nonce, JSON.stringify(cached))),
    };
    await writeAtomically(file, `${JSON.stringify(document)}\n`, { durable: true });
  }
}

function encrypt(key: Uint8Array, nonce: Uint8Array, plain: string): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(utf8(SCHEMA));
  return Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, nonce: Uint8Array, content: Uint8Array): string {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(utf8(SCHEMA));
  decipher.setAuthTag(content.subarray(-16));
  return Buffer.concat([decipher.update(content.subarray(0, -16)), decipher.final()]).toString('utf8');
}
