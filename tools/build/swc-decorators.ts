import { transform } from '@swc/core';
import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';

/**
 * Transpiles the sources of one folder with legacy decorators and their metadata, which Nest's injection reads and
 * which esbuild cannot write.
 */
export function swcDecorators(folder: string, root: string): Plugin {
  return {
    name: 'swc-decorators',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!path.startsWith(`${folder}/`)) return undefined;
        const { code } = await transform(await readFile(path, 'utf8'), {
          filename: relative(root, path),
          cwd: root,
          configFile: false,
          swcrc: false,
          sourceMaps: 'inline',
          jsc: {
            target: 'es2024',
            parser: { syntax: 'typescript', decorators: true },
            transform: { legacyDecorator: true, decoratorMetadata: true, verbatimModuleSyntax: true },
            keepClassNames: true,
          },
        });
        return { contents: code, loader: 'js' };
      });
    },
  };
}
