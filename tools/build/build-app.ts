/** `node tools/build/build-app.ts APP [--standalone]`: bundles `apps/APP/src/main.ts` into `dist/APP/main.js`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, ROOT } from './bundle.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { standalone: { type: 'boolean', default: false } },
});
const [app] = positionals;
if (app === undefined || positionals.length > 1) {
  console.error('usage: build-app.ts APP [--standalone]');
  process.exit(2);
}
await bundle({
  app,
  entry: 'main',
  outfile: join(ROOT, 'dist', app, 'main.js'),
  standalone: values.standalone,
});
