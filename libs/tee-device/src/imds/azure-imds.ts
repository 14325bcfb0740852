import { fromBase64url, toBase64url, CodedError, type Bytes } from '@asterism/bytes';
import { parsePem } from '@asterism/x509';
import { TeeDeviceError } from '../errors.ts';

/** Link-local, by plain HTTP: what comes from it proves itself or is refused by who verifies it. */
export const AZURE_IMDS = 'http://169.254.169.254';

export interface AzureImdsOptions {
  /** `AZURE_IMDS`, or another in tests. */
  readonly base: string;
  /** Milliseconds for a whole exchange. */
  readonly timeout: number;
}

const MAX_ANSWER = 256 * 1024;
const MAX_ERROR = 300;

/**
 * Has Azure's quoting enclave sign a TDREPORT of this machine.
 * @param tdReport TDREPORT_STRUCT, 1024 bytes, from the HCL report
 * @returns a TDX quote
 */
export async function requestTdQuote(tdReport: Uint8Array, options: AzureImdsOptions): Promise<Bytes> {
  const answer = await exchange(options, '/acc/tdquote', { report: toBase64url(tdReport) });
  return field(answer, 'quote', (text) => fromBase64url(text.replace(/=+$/, '')));
}

/** The VCEK of this machine's processor and its issuers, DER, as Azure's THIM caches them. */
export async function readThimCertificates(options: AzureImdsOptions): Promise<readonly Bytes[]> {
  const answer = await exchange(options, '/metadata/THIM/amd/certification', null);
  const ofPem = (pem: string) => parsePem(pem, 'CERTIFICATE');
  return [...field(answer, 'vcekCert', ofPem), ...field(answer, 'certificateChain', ofPem)];
}

async function exchange(
  { base, timeout }: AzureImdsOptions,
  path: string,
  body: object | null,
): Promise<object> {
  const headers = { metadata: 'true', accept: 'application/json' };
  const url = new URL(path, base);
  try {
    const response = await fetch(url, {
      ...(body === null
        ? { headers }
        : {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
      // IMDS never redirects; following one would leave the machine.
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    });
    const text = await readBounded(response);
    if (!response.ok) {
      const message = `${url.href} answered ${response.status}: ${text.slice(0, MAX_ERROR)}`;
      throw new TeeDeviceError('device-failed', message, { got: response.status, want: 200 });
    }
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer;
    throw new TeeDeviceError('response-malformed', `${url.href} answered no JSON object`);
  } catch (cause) {
    throw imdsFailed(url, cause);
  }
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_ANSWER)
      throw new TeeDeviceError('too-large', 'answer is over its bound', { want: MAX_ANSWER });
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function imdsFailed(url: URL, cause: unknown): TeeDeviceError {
  if (cause instanceof TeeDeviceError) return cause;
  if (cause instanceof SyntaxError) {
    return new TeeDeviceError('response-malformed', `${url.href} answered no JSON`, { cause });
  }
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return new TeeDeviceError('timeout', `${url.href} did not answer in time`, { cause });
  }
  return new TeeDeviceError('unreachable', `${url.href} cannot be reached`, { cause });
}

function field<T>(answer: object, name: string, decode: (text: string) => T): T {
  const text: unknown = Reflect.get(answer, name);
  try {
    if (typeof text === 'string') return decode(text);
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    throw new TeeDeviceError('response-malformed', `${name} of the answer: ${cause.message}`, { cause });
  }
  throw new TeeDeviceError('response-malformed', `answer has no ${name}`, {
    got: typeof text,
    want: 'string',
  });
}
