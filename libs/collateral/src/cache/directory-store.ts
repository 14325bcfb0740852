import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, CodedError, fromUtf8 } from '@asterism/bytes';
import { collateralItemSchema } from '@asterism/contracts';
import { fromItemDocument, toItemDocument } from '../items/item-document.ts';
import type { CollateralItem, VerifiedItem } from '../items/item.ts';
import { needKey, type NeedKey } from '../items/need-key.ts';
import type { CollateralStore } from './store.ts';

/** Largest file that is read: a list of 8 MiB in base64url, and its issuers. */
const MOST_BYTES = 12 * 1024 * 1024;

/**
 * A folder of one file an item. Files are written beside and moved into place, so that a reader, and a start after a
 * crash, finds the old one or the new one. A file that cannot be read counts as none.
 */
export class DirectoryStore implements CollateralStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<DirectoryStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new DirectoryStore(folder);
  }

  async get({ kind, key }: NeedKey): Promise<CollateralItem | undefined> {
    const item = await this.#read(this.#pathOf({ kind, key }));
    if (item === undefined) return undefined;
    // A file under another's name is no answer to this need.
    const own = needKey(item.need);
    return own.kind === kind && own.key === key ? item : undefined;
  }

  async put({ item }: VerifiedItem): Promise<void> {
    const document = toItemDocument(item);
    const path = this.#pathOf(document);
    const beside = `${path}.${randomUUID()}`;
    try {
      const file = await open(beside, 'wx', 0o600);
      try {
        await file.writeFile(canonicalJson(document));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  async #read(path: string): Promise<CollateralItem | undefined> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (bytes === undefined || bytes.length > MOST_BYTES) return undefined;
    try {
      const document = collateralItemSchema.safeParse(JSON.parse(fromUtf8(bytes)));
      return document.success ? fromItemDocument(document.data) : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof CodedError) return undefined;
      throw error;
    }
  }

  #pathOf({ kind, key }: NeedKey): string {
    const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
    return join(this.#folder, `${kind}-${digest}.json`);
  }
}
