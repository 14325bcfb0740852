import 'reflect-metadata';
import { readConfiguration } from './configuration.ts';
import { environment } from './environment.ts';
import { createLogger } from './platform/logger.ts';
import { toExit } from './start/exit.ts';
import { startApi } from './start/start-api.ts';

/** Longer than this a stop is given up and the process ends as it is; everything acknowledged is on the disk. */
const STOP_MS = 10_000;

let logger = createLogger('info');
try {
  const configuration = readConfiguration(environment);
  logger = createLogger(configuration.logLevel);
  const api = await startApi(configuration, logger);
  logger.info({ ...api.ready }, 'ready');
  let stopping = false;
  const stop = (reason: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, 'stopping');
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void api.stop().then(() => {
      logger.info('stopped');
      process.exit(0);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (configuration.stopWithStdin) {
    process.stdin.resume();
    process.stdin.once('end', () => stop('standard input closed'));
    process.stdin.once('error', () => stop('standard input broke'));
  }
} catch (cause) {
  const { code, message, status } = toExit(cause);
  logger.fatal({ code, err: cause }, message);
  process.exit(status);
}
