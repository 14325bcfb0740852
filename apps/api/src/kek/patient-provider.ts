import { KekError, type KekProvider } from '@asterism/keys';

/** Milliseconds after a failure in which nobody is kept waiting for the same one. */
const PAUSE_MS = 1_000;

/**
 * A provider that is away costs one caller at a time his patience: while it is, the others are refused at once with the
 * fault that was seen, so that requests which need no key service keep their places (S10). The first answer ends it.
 */
export function patientProvider(provider: KekProvider, now: () => number): KekProvider {
  let fault: KekError | undefined;
  let nextAttempt = 0;
  let probing = false;
  const attempt = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (fault !== undefined && (probing || now() < nextAttempt)) throw fault;
    const probe = fault !== undefined;
    if (probe) probing = true;
    try {
      const result = await call();
      fault = undefined;
      return result;
    } catch (cause) {
      if (cause instanceof KekError && isAway(cause)) {
        fault = cause;
        nextAttempt = now() + PAUSE_MS;
      }
      throw cause;
    } finally {
      if (probe) probing = false;
    }
  };
  return {
    kind: provider.kind,
    wrap: (plaintext, context, options) => attempt(() => provider.wrap(plaintext, context, options)),
    unwrap: (wrapped, context, options) => attempt(() => provider.unwrap(wrapped, context, options)),
    describe: (options) => provider.describe(options),
    close: () => provider.close(),
  };
}

/** Of the service, and not of one key: these are answered after a long wait. */
function isAway({ code }: KekError): boolean {
  return code === 'kek-unreachable' || code === 'kek-throttled';
}
