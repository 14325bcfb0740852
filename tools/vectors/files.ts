import { join } from 'node:path';
import { asterismVectors } from './asterism-keys.ts';
import { constellationVectors } from './constellation-keys.ts';

const FOLDER = join(import.meta.dirname, '../../libs/keys/vectors');

/** Published files, and what OpenSSL says is in them. */
export const VECTOR_FILES = [
  { name: 'keys.v1.json', path: join(FOLDER, 'keys.v1.json'), compute: asterismVectors },
  {
    name: 'constellation.v1.json',
    path: join(FOLDER, 'constellation.v1.json'),
    compute: constellationVectors,
  },
] as const;
