import { isNetworkFault } from '../network-fault.ts';
import { readAuthorities } from '../read-files.ts';
import { faultOfStatus, type ServiceFault } from '../service-fault.ts';

export interface AzureClientOptions {
  readonly retryOptions: { readonly maxRetries: number };
  readonly tlsOptions?: { readonly ca: string };
}

/** What clients of Azure services have in common. One attempt a call: who tries again is our façade. */
export async function azureClientOptions(caFile: string | undefined): Promise<AzureClientOptions> {
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
  readonly message?: string;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

const CREDENTIALS =
  /^(?:Aggregate)?AuthenticationError$|^(?:CredentialUnavailableError|AuthenticationRequiredError)$/;

/** What errors of all Azure services say alike; undefined for what a service says on its own. */
export function azureFault(error: unknown): ServiceFault | undefined {
  const { statusCode, code, name = '', message = '' } = error as AzureError;
  if (isNetworkFault(error) || code === 'REQUEST_SEND_ERROR') return 'unreachable';
  if (CREDENTIALS.test(name)) return isEntraDown(error) ? 'unreachable' : 'denied';
  if (code === 'ServerBusy') return 'throttled';
  // The client has one code for JSON that is none and for a body that broke off.
  if (code === 'PARSE_ERROR') return /reading response/.test(message) ? 'unreachable' : 'invalid';
  return faultOfStatus(statusCode);
}

/** The authentication library has no codes; what it asks first, and in vain, is where to ask. */
function isEntraDown(error: unknown): boolean {
  const { statusCode, message = '' } = error as AzureError;
  return (
    faultOfStatus(statusCode) === 'unreachable' || /endpoints_resolution_error|network_error/.test(message)
  );
}

/** Text of `Retry-After`, where the service sent it. */
export function azureRetryAfter(error: unknown): unknown {
  return (error as AzureError).response?.headers?.get('retry-after');
}
