import type { Plugin } from 'esbuild';

/** Packages that others ask for and do without: of Nest's and PostgreSQL's clients. */
const ABSENT =
  /^(?:@nestjs\/(?:websockets|microservices|platform-express)(?:\/.*)?|@fastify\/(?:static|view)|class-(?:transformer|validator)(?:\/.*)?|pg-native)$/;

/**
 * A standalone bundle must not pick up a package that happens to lie beside it: what is not in the measured file is not
 * there, and asking for it fails as it does where the package is not installed.
 */
export const absentPackages: Plugin = {
  name: 'absent-packages',
  setup(build) {
    build.onResolve({ filter: ABSENT }, ({ path }) => ({ path, namespace: 'absent' }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `const error = new Error('not in this bundle: ${path}'); error.code = 'MODULE_NOT_FOUND'; throw error;`,
      loader: 'js',
    }));
  },
};
