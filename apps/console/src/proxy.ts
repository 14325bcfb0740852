import { NextResponse, type NextRequest } from 'next/server';
import { DEVELOPMENT } from './environment.ts';
import { contentSecurityPolicy } from './server/security-headers.ts';

/** Gives every document a policy with a nonce of its own. Next reads the nonce from the request's header. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const policy = contentSecurityPolicy(nonce, { development: DEVELOPMENT });
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

export const config = { matcher: '/((?!_next/static/).*)' };
