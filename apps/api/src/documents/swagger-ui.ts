import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Files of Swagger UI. Run from source they are read from the package; `tools/build` puts their text in the place of this
 * module, so that the bundle is one file and all of it is measured.
 */
const require = createRequire(import.meta.url);

export const SWAGGER_UI = {
  script: () => readFileSync(require.resolve('swagger-ui-dist/swagger-ui-bundle.js'), 'utf8'),
  style: () => readFileSync(require.resolve('swagger-ui-dist/swagger-ui.css'), 'utf8'),
};
