import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';

/**
 * Reads `import { z } from 'zod'` as `import * as z`: of a namespace esbuild keeps what is used, of the object `z`
 * everything, its messages in fifty languages too. For an agent that is half of its code and 6 MB of memory.
 */
export const namespaceZod: Plugin = {
  name: 'namespace-zod',
  setup(build) {
    build.onLoad({ filter: /\/(?:apps|libs)\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return {
        contents: source.replace("import { z } from 'zod';", "import * as z from 'zod';"),
        loader: 'ts',
      };
    });
  },
};
