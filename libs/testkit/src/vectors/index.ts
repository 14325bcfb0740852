import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Public attestation vectors. They are no part of the repository: they lie beside it, or where ASTERISM_VECTORS says. */
export const VECTORS =
  process.env['ASTERISM_VECTORS'] ?? resolve(import.meta.dirname, '../../../../../shared/vectors');

/** Without them, specs that read them are skipped by name. */
export const VECTORS_PRESENT = existsSync(join(VECTORS, 'MANIFEST.json'));
