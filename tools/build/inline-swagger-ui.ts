import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/**
 * Puts the text of Swagger UI's files in the place of the module that reads them from the package, so that the API's bundle
 * is one file and all of it is measured.
 */
export function inlineSwaggerUi(folder: string): Plugin {
  const { resolve } = createRequire(`${folder}/main.ts`);
  return {
    name: 'inline-swagger-ui',
    setup(build) {
      build.onLoad({ filter: /\/documents\/swagger-ui\.ts$/ }, async () => {
        const text = async (file: string) =>
          JSON.stringify(await readFile(resolve(`swagger-ui-dist/${file}`), 'utf8'));
        const [script, style] = [await text('swagger-ui-bundle.js'), await text('swagger-ui.css')];
        return {
          contents: `export const SWAGGER_UI = { script: () => ${script}, style: () => ${style} };`,
          loader: 'js',
        };
      });
    },
  };
}
