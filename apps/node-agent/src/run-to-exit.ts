import { CodedError } from '@asterism/bytes';
import { ConfigurationError } from './errors.ts';
import { EXIT } from './exit-code.ts';
import { createLogger, type Logger } from './logger.ts';

export interface Process {
  /** Aborts on SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  readonly createLog: (level: string) => Logger;
}

/**
 * Runs a program of this app to its exit code; one log line says why it was not a clean one.
 * @param grace milliseconds that an orderly end may take
 */
export async function runToExit(
  argv: readonly string[],
  grace: number,
  program: (argv: readonly string[], process: Process) => Promise<number | void>,
): Promise<void> {
  let log = createLogger('info');
  const stop = new AbortController();
  const onSignal = (name: string) => {
    log.info({ signal: name }, 'stopping');
    stop.abort();
    setTimeout(() => process.exit(EXIT.fault), grace).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    const code = await program(argv, {
      signal: stop.signal,
      createLog: (level) => (log = createLogger(level)),
    });
    process.exitCode = code ?? EXIT.clean;
  } catch (error) {
    const code = error instanceof CodedError ? error.code : 'internal';
    const configuration = error instanceof ConfigurationError;
    log.fatal({ code, ...(configuration ? {} : { err: error }) }, (error as Error).message);
    process.exitCode = configuration ? EXIT.configuration : EXIT.fault;
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}
