/** Runs once before the first request. */
export async function register(): Promise<void> {
  // Next replaces this very expression when it builds: for its edge runtime nothing of the file remains.
  // eslint-disable-next-line no-restricted-properties
  if (process.env.NEXT_RUNTIME === 'nodejs')
    (await import('./server/require-environment.ts')).requireEnvironment();
}
