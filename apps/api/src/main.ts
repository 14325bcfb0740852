import 'reflect-metadata';
import { readConfiguration } from './configuration.ts';
import { environment } from './environment.ts';
import { createLogger } from './platform/logger.ts';
import { toExit } from './start/exit.ts';
import { startApi } from './start/start-api.ts';

/** Longer than this a stop is given up and the process ends as it is; everything acknowledged is on the disk. */
const STOP_MS = 10_000;

/** Told to stop while it starts: the start is finished first, so that what it opened is closed in order. */
const told = Promise.withResolvers<string>();
process.on('SIGTERM', () => told.resolve('SIGTERM'));
process.on('SIGINT', () => told.resolve('SIGINT'));

let logger = createLogger('info');
try {
  const configuration = readConfiguration(environment);
  logger = createLogger(configuration.logLevel);
  if (configuration.stopWithStdin) {
    process.stdin.resume();
    process.stdin.once('end', () => told.resolve('standard input closed'));
    process.stdin.once('error', () => told.resolve('standard input broke'));
  }
  const api = await startApi(configuration, logger);
  logger.info({ ...api.ready }, 'ready');
  const reason = await told.promise;
  logger.info({ reason }, 'stopping');
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await api.stop();
  logger.info('stopped');
  process.exit(0);
} catch (cause) {
  const { code, message, status } = toExit(cause);
  logger.fatal({ code, err: cause }, message);
  process.exit(status);
}
