import type { GcpCredentials } from './section.ts';

/** What clients of Google's services have in common: REST, our own endpoint where there is one, one attempt a call. */
export function gcpClientOptions(section: {
  readonly endpoint?: string | undefined;
  readonly credentials: GcpCredentials;
}) {
  const { endpoint, credentials } = section;
  const keyFilename = credentials.source === 'file' ? { keyFilename: credentials.file } : {};
  if (endpoint === undefined) return { fallback: true, ...keyFilename } as const;
  const { protocol, hostname, port } = new URL(endpoint);
  const scheme = protocol.slice(0, -1);
  return {
    fallback: true,
    apiEndpoint: hostname,
    port: Number(port) || (scheme === 'https' ? 443 : 80),
    protocol: scheme,
    ...keyFilename,
  } as const;
}
