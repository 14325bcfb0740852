import { concat, type Bytes } from '@asterism/bytes';
import { request, type Dispatcher } from 'undici';
import { CollateralUndecidedError, VendorBusyError } from '../errors.ts';
import { retryAfter } from './retry-after.ts';

export interface VendorRequest {
  readonly url: URL;
  /** Largest body that is read. */
  readonly mostBytes: number;
  readonly signal: AbortSignal;
  readonly now: Date;
}

export interface VendorAnswer {
  readonly body: Bytes;
  /** Undefined where it is missing, or there twice. */
  header(name: string): string | undefined;
}

/** No byte for so long is the end of an answer, however far away the deadline is. */
const STALLED_MILLISECONDS = 10_000;

/**
 * One GET: no redirect is followed, no body beyond its bound is read, and nothing outlives the signal.
 * @throws CollateralUndecidedError saying which host did what
 */
export async function vendorGet(dispatcher: Dispatcher, order: VendorRequest): Promise<VendorAnswer> {
  const { url, signal } = order;
  try {
    const answer = await request(url, {
      dispatcher,
      method: 'GET',
      signal,
      headersTimeout: STALLED_MILLISECONDS,
      bodyTimeout: STALLED_MILLISECONDS,
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'asterism' },
    });
    // A body that is given up says so in an event, which without a listener would end the process.
    answer.body.on('error', () => undefined);
    if (answer.statusCode !== 200) {
      // The rest of the answer is of no use, and to read it would be to trust its length.
      answer.body.destroy();
      throw statusError(answer, order);
    }
    const body = await readBounded(answer.body, order);
    return { body, header: (name) => single(answer.headers[name]) };
  } catch (cause) {
    if (cause instanceof CollateralUndecidedError) throw cause;
    if (signal.aborted) throw undecided('collateral-timeout', order, 'did not answer in time', cause);
    throw undecided('collateral-unavailable', order, `cannot be reached: ${reasonOf(cause)}`, cause);
  }
}

async function readBounded(body: Dispatcher.ResponseData['body'], order: VendorRequest): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > order.mostBytes) {
      body.destroy();
      throw undecided('collateral-unavailable', order, `answers with more than ${order.mostBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return concat(...chunks);
}

function statusError({ statusCode, headers }: Dispatcher.ResponseData, order: VendorRequest): Error {
  if (statusCode === 404 || statusCode === 410) {
    return undecided('collateral-unknown', order, 'does not know it');
  }
  if (statusCode === 429 || statusCode === 503) {
    const until = retryAfter(single(headers['retry-after']), order.now);
    return new VendorBusyError(`${order.url.host} is busy`, { got: statusCode, want: 200 }, until);
  }
  const redirects = statusCode >= 300 && statusCode < 400;
  return undecided(
    'collateral-unavailable',
    order,
    redirects ? 'sends us elsewhere, which is not followed' : `answers ${statusCode}`,
  );
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function undecided(
  code: 'collateral-unavailable' | 'collateral-unknown' | 'collateral-timeout',
  { url }: VendorRequest,
  what: string,
  cause?: unknown,
): CollateralUndecidedError {
  return new CollateralUndecidedError(code, `${url.host} ${what}`, { got: url.host, cause });
}

/** The system's code where there is one: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown reason';
  const { code } = cause as Error & { readonly code?: unknown };
  return typeof code === 'string' ? code : cause.name;
}
