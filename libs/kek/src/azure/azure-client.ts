import { isNetworkFault } from '../network-fault.ts';
import { readAuthorities } from '../read-files.ts';
import { faultOfStatus, type ServiceFault } from '../service-fault.ts';

/** What clients of Azure services have in common. One attempt a call: who tries again is our façade. */
export async function azureClientOptions(caFile: string | undefined) {
  const ca = await readAuthorities(caFile);
  return {
    retryOptions: { maxRetries: 0 },
    ...(ca === undefined ? {} : { tlsOptions: { ca: ca.join('\n') } }),
  };
}

interface AzureError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly name?: string;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

const CREDENTIALS =
  /^(?:Aggregate)?AuthenticationError$|^(?:CredentialUnavailableError|AuthenticationRequiredError)$/;

/** What errors of all Azure services say alike; undefined for what a service says on its own. */
export function azureFault(error: unknown): ServiceFault | undefined {
  const { statusCode, code, name = '' } = error as AzureError;
  if (isNetworkFault(error) || code === 'REQUEST_SEND_ERROR') return 'unreachable';
  if (CREDENTIALS.test(name)) return faultOfStatus(statusCode) === 'unreachable' ? 'unreachable' : 'denied';
  if (error instanceof SyntaxError || code === 'PARSE_ERROR') return 'invalid';
  return faultOfStatus(statusCode);
}

/** Text of `Retry-After`, where the service sent it. */
export function azureRetryAfter(error: unknown): unknown {
  return (error as AzureError).response?.headers?.get('retry-after');
}
