import type { Problem } from '@asterism/contracts';

/** What the console's own server says; everything else is the API's problem, passed on as it came. */
const CONSOLE_PROBLEMS = {
  'request-refused': [403, 'Request refused'],
  'signed-out': [401, 'Signed out'],
  'route-unknown': [404, 'Route unknown'],
  'api-unreachable': [502, 'The API does not answer'],
  'api-certificate-untrusted': [502, 'The API’s certificate is not trusted'],
  'api-answer-invalid': [502, 'The API’s answer is not one of its contract'],
} as const;

export type ConsoleProblemCode = keyof typeof CONSOLE_PROBLEMS;

/** An RFC 9457 problem in the shape of the API's, so that a page reads one kind of error. */
export function consoleProblem(code: ConsoleProblemCode, detail: string): Response {
  const [status, title] = CONSOLE_PROBLEMS[code];
  const problem: Omit<Problem, 'code'> & { readonly code: ConsoleProblemCode } = {
    type: `https://asterism.dev/problems/console/${code}`,
    title,
    status,
    detail,
    code,
    traceId: crypto.randomUUID(),
  };
  return Response.json(problem, {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

/** What undici rejects with, as a problem. The address of the API is no secret to who may see the console. */
export function toUpstreamProblem(error: unknown): Response {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code =
    (inner as NodeJS.ErrnoException | null)?.code ?? (inner instanceof Error ? inner.name : 'unknown');
  return UNTRUSTED.test(code)
    ? consoleProblem(
        'api-certificate-untrusted',
        `its certificate is not of the configured authority (${code})`,
      )
    : consoleProblem('api-unreachable', `the console cannot reach it (${code})`);
}
