import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { utf8 } from '@asterism/bytes';
import { mintChain, mintTpm } from '@asterism/testkit';

const VECTORS = process.env['ASTERISM_VECTORS'] ?? resolve(import.meta.dirname, '../../../shared/vectors');
/** Most that is read of one kind: variety, not volume. */
const MOST = 24;

/** Evidence of real machines, where the folder is there. */
export function vectors(...patterns: readonly string[]): Uint8Array[] {
  if (!existsSync(VECTORS)) return [];
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: VECTORS }).sort().slice(0, MOST))
    .map((file) => new Uint8Array(readFileSync(join(VECTORS, file))));
}

export async function mintedQuote() {
  const tpm = await mintTpm();
  const evidence = await tpm.quote({
    request: { variant: 'tpm', bank: 'sha256', pcrs: [4, 7, 15] },
    binding: new Uint8Array(32),
  });
  return { tpm, evidence };
}

export async function mintedCertificates(): Promise<Uint8Array[]> {
  const { leaf, intermediates } = await mintChain();
  return [leaf, ...intermediates].map(({ der }) => der);
}

export const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
