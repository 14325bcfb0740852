/** `node tools/vectors/main.ts`: works the published key vectors out anew, with OpenSSL. They never change once published. */
import { writeFile } from 'node:fs/promises';
import { VECTOR_FILES } from './files.ts';

for (const { path, compute } of VECTOR_FILES) {
  await writeFile(path, `${JSON.stringify(compute(), null, 2)}\n`);
}
