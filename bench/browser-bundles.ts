import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { round } from './report.ts';

/** Bytes that one TEE may take, as a browser loads it. */
const AIM = 120_000;

export interface BundleSize {
  readonly room: string;
  readonly gzipBytes: number;
  readonly ofAim: number;
}

/** Everything that a room exports, with all that it needs, for a browser. */
export async function measureBundles(rooms: readonly string[]): Promise<readonly BundleSize[]> {
  return Promise.all(
    rooms.map(async (room) => {
      const { outputFiles } = await build({
        entryPoints: [join(import.meta.dirname, '../libs', room, 'src/index.ts')],
        bundle: true,
        minify: true,
        platform: 'browser',
        format: 'esm',
        target: 'es2024',
        write: false,
        logLevel: 'silent',
      });
      const gzipBytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
      return { room, gzipBytes, ofAim: round(gzipBytes / AIM, 3) };
    }),
  );
}
