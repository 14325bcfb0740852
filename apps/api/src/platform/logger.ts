import pino from 'pino';

export type Logger = pino.Logger;

/** Fields that may hold a secret are never written, wherever they stand (S29). */
const SECRET_FIELDS = ['authorization', 'cookie', 'secret', 'token', 'password', 'key', 'ticket'];

/** JSON lines on standard output. */
export function createLogger(level: string, destination?: pino.DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
