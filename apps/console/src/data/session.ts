import { CONSOLE_HEADER } from '../server/cross-site.ts';
import { toProblemAnswer } from './problem.ts';

/** Exchanges a one-time code for a session in a cookie that no script can read. @throws ProblemAnswer */
export function signIn(code: string): Promise<void> {
  return call('POST', JSON.stringify({ code }));
}

/** @throws ProblemAnswer where the API could not be told; the browser has forgotten the session even then */
export function signOut(): Promise<void> {
  return call('DELETE', null);
}

async function call(method: string, body: string | null): Promise<void> {
  const headers = { [CONSOLE_HEADER]: '1', ...(body === null ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch('/session', { method, headers, body }).catch(() => undefined);
  if (response?.ok === true) return;
  throw toProblemAnswer(await response?.json().catch(() => null), response);
}

/** What somebody pasted into the sign-in form: a code, or the whole link that carries one. */
export function toSignInCode(text: string): string {
  const trimmed = text.trim();
  const [, fragment] = trimmed.split('#code=');
  return fragment ?? trimmed;
}
