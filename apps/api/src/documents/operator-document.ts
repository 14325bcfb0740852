import type { JsonSchema } from '../contract/schemas.ts';
import { toOpenApi } from '../contract/document.ts';
import { OPERATOR_CONTROLLERS } from '../operator-controllers.ts';
import { VERSION } from '../version.ts';

/** The operator listener's contract, `openapi/operator.v1.json`. */
export function operatorDocument(): JsonSchema {
  return toOpenApi(OPERATOR_CONTROLLERS, {
    title: 'Asterism operator API',
    version: VERSION,
    description:
      'What people and programs that run clusters use. Send a token as `Authorization: Bearer …`. Errors are problems ' +
      '(RFC 9457) with a stable `code`. Lists page by `cursor`. Creation takes `Idempotency-Key`, updates take ' +
      '`If-Match`, streams take `Last-Event-ID`. `x-permission` names what an operation needs and `x-permission-scope` ' +
      'over what: the `cluster` of its path, everything (`global`), or `any` one cluster.',
    server: { url: 'https://127.0.0.1:7443', description: 'an API that `asterism up` started' },
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        description: 'API token, or the secret of a session',
      },
      signInCode: {
        type: 'http',
        scheme: 'bearer',
        description: 'one-time sign-in code of `POST /v1/sign-in-links`',
      },
    },
    tags: {
      session: 'who calls, and signing in with a browser',
      clusters: 'a set of pools under one root key and one measured identity',
      pools: 'nodes of one role, one evidence variant and one policy',
      policies: 'what a pool accepts: versions, activation, dry runs',
      enrolments: 'machines that ask to become nodes',
      nodes: 'machines that have proved themselves, and what they proved',
      verification: 'evidence over your own nonce',
      keys: 'metadata of keys; never key material',
      seal: 'what keeps the API’s KEK, and the sealed copies of it',
      recovery: 'shares of people: issued, and brought back',
      backup: 'the API’s state, encrypted',
      events: 'what happens, as it happens',
      audit: 'who did what, hash-chained',
      tokens: 'API tokens and their roles',
      health: 'liveness, readiness, metrics',
      documents: 'these documents',
    },
  });
}
