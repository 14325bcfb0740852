import { KekError } from '@asterism/keys';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { fromTokenFile } from '@aws-sdk/credential-provider-web-identity';
import { Agent } from 'node:https';
import { readAuthorities } from '../read-files.ts';
import { faultOfStatus, type ServiceFault } from '../service-fault.ts';
import type { AwsCredentials } from './section.ts';

const CONNECT_MS = 3_000;

export interface AwsEndpoint {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly caFile?: string | undefined;
  readonly credentials: AwsCredentials;
}

/** What clients of AWS services have in common. One attempt a call: who tries again is our façade. */
export async function awsClientOptions({ region, endpoint, caFile, credentials }: AwsEndpoint) {
  const ca = await readAuthorities(caFile);
  return {
    region,
    maxAttempts: 1,
    ...awsCredentialProvider(credentials, region),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      ...(ca === undefined ? {} : { httpsAgent: new Agent({ ca, keepAlive: true }) }),
    },
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Nothing for `default`: the client walks its own chain. */
function awsCredentialProvider(credentials: AwsCredentials, region: string) {
  const clientConfig = { region, maxAttempts: 1 };
  switch (credentials.source) {
    case 'default':
      return {};
    case 'file': {
      const { file: filepath, profile } = credentials;
      return { credentials: fromIni({ filepath, configFilepath: '/dev/null', profile, clientConfig }) };
    }
    case 'web-identity': {
      const { role: roleArn, tokenFile: webIdentityTokenFile, endpoint } = credentials;
      const config = endpoint === undefined ? clientConfig : { ...clientConfig, endpoint };
      return { credentials: fromTokenFile({ roleArn, webIdentityTokenFile, clientConfig: config }) };
    }
  }
}

const DENIED =
  /^(?:AccessDenied|AccessDeniedException|UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|ExpiredToken(?:Exception)?|InvalidToken|MissingAuthenticationToken|CredentialsProviderError|TokenProviderError|AuthFailure|NotAuthorized)$/;
const THROTTLED =
  /^(?:Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|LimitExceededException|SlowDown|RequestThrottled\w*)$/;

interface AwsError {
  readonly code?: string;
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

/** What errors of all AWS services say alike; undefined for what a service says on its own. */
export function awsFault(error: unknown): ServiceFault | undefined {
  const { name = '', code, $metadata, $response } = error as AwsError;
  // A token that is not there, or not ours to read, is no token.
  if (DENIED.test(name) || code === 'ENOENT' || code === 'EACCES') return 'denied';
  if (THROTTLED.test(name)) return 'throttled';
  if (name === 'NoSuchBucket') return 'unknown';
  const byStatus = faultOfStatus($metadata?.httpStatusCode ?? $response?.statusCode);
  // A missing thing has a name; a page with 404 from somewhere else has none.
  return byStatus === 'unknown' ? undefined : byStatus;
}

/** Text of `Retry-After`, where the service sent it. */
export function retryAfterHeader(error: unknown): unknown {
  return (error as AwsError).$response?.headers?.['retry-after'];
}

export function requireRegion(key: string, region: string): void {
  const own = key.split(':')[3];
  if (own !== region)
    throw new KekError('kek-wrong-region', 'the key lives in another region', { got: region, want: own });
}
