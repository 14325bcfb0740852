/**
 * `node tools/build/build-app.ts APP [ENTRY…] [--standalone] [--out DIR]`: bundles `apps/APP/src/ENTRY.ts` into
 * `DIR/ENTRY.js`; the entry is `main` where none is named, DIR is `dist/APP`.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, ROOT } from './bundle.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { standalone: { type: 'boolean', default: false }, out: { type: 'string' } },
});
const [app, ...entries] = positionals;
if (app === undefined) {
  console.error('usage: build-app.ts APP [ENTRY…] [--standalone] [--out DIR]');
  process.exit(2);
}
const folder = values.out === undefined ? join(ROOT, 'dist', app) : resolve(values.out);
for (const entry of entries.length === 0 ? ['main'] : entries) {
  await bundle({ app, entry, outfile: join(folder, `${entry}.js`), standalone: values.standalone });
}
