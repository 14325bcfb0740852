import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Stripping types of every file costs more than most commands; the second start reads the result.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/asterism-cli'));

const { readEnvironment } = await import('./environment.ts');
const { runProgram } = await import('./program.ts');

const interruption = new AbortController();
const interrupt = (): void => interruption.abort();
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
process.on('SIGHUP', interrupt);
// A reader that went away (`| head`) is the end of output, not an error.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runProgram({
  argv: process.argv.slice(2),
  environment: readEnvironment(),
  signal: interruption.signal,
  out: process.stdout,
  err: process.stderr,
});
process.removeListener('SIGINT', interrupt);
process.removeListener('SIGTERM', interrupt);
