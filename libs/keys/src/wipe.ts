/**
 * Overwrites key material that is needed no more, so that a later dump of this process's memory does not show it. It is
 * worth what it costs for buffers that we made: strings, and copies that a library or the collector made, stay.
 */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
