import { join, resolve } from 'node:path';

/** The folder that this program was started from: the workspace with its libraries and build outputs. */
export const WORKSPACE = resolve(import.meta.dirname, '../../..');

/** The pinned Node, which also runs everything that the command line starts. */
export const NODE = join(WORKSPACE, 'node_modules/node/bin/node');
