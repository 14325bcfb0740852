/**
 * `node tools/build/build-app.ts APP [ENTRY…] [--standalone]`: bundles `apps/APP/src/ENTRY.ts` into `dist/APP/ENTRY.js`;
 * the entry is `main` where none is named.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, ROOT } from './bundle.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { standalone: { type: 'boolean', default: false } },
});
const [app, ...entries] = positionals;
if (app === undefined) {
  console.error('usage: build-app.ts APP [ENTRY…] [--standalone]');
  process.exit(2);
}
for (const entry of entries.length === 0 ? ['main'] : entries) {
  await bundle({
    app,
    entry,
    outfile: join(ROOT, 'dist', app, `${entry}.js`),
    standalone: values.standalone,
  });
}
