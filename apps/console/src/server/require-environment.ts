import { EnvironmentError, readEnvironment } from '../environment.ts';

/** A server that cannot reach its API for want of settings does not start: it says which and ends with code 2. */
export function requireEnvironment(): void {
  try {
    readEnvironment();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`console: ${error.message}\n`);
    process.exit(2);
  }
}
