import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;

export interface Vector {
  readonly id: string;
  readonly family: string;
  readonly verifyAt: string | null;
  readonly files: readonly { readonly path: string }[];
  readonly expected: Fields & {
    readonly outcome: string;
    readonly reason?: string | null;
    readonly nonce?: string;
    readonly fields?: Fields;
  };
}

export function readVectors(...families: readonly string[]): readonly Vector[] {
  if (!VECTORS_PRESENT) return [];
  const all = JSON.parse(readFileSync(join(VECTORS, 'MANIFEST.json'), 'utf8')) as readonly Vector[];
  return all.filter(({ family }) => families.includes(family));
}

/** Path of a file of a vector, or of its folder. */
export function vectorPath(id: string, file = ''): string {
  return join(VECTORS, id, file);
}

/** The first of the files that the vector has. */
export function fileOf({ id, files }: Vector, ...names: readonly string[]): string | undefined {
  const found = names.find((name) => files.some(({ path }) => path === `${id}/${name}`));
  return found === undefined ? undefined : vectorPath(id, found);
}
