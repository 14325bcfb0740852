/**
 * After `next build`: the standalone folder gets the files that browsers load, which Next leaves to a content network.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';

const built = join(import.meta.dirname, '.next');
await cp(join(built, 'static'), join(built, 'standalone/apps/console/.next/static'), { recursive: true });
