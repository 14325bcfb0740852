import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toPem, type Certificate } from '@asterism/x509';

/** A folder of files for the command line, removed with the tests' process or before. */
export class EvidenceFiles {
  readonly folder = mkdtempSync(join(tmpdir(), 'asterism-appraise-'));
  #count = 0;

  /** Writes a file of that name, or of a name that says nothing, and returns its path. */
  write(content: Uint8Array | string | object, name = `file-${this.#count++}`): string {
    const path = join(this.folder, name);
    const isJson = typeof content === 'object' && !(content instanceof Uint8Array);
    writeFileSync(path, isJson ? JSON.stringify(content) : content);
    return path;
  }

  pem(...certificates: readonly Certificate[]): string {
    return this.write(certificates.map(({ der }) => toPem(der)).join(''));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
