import type { JsonSchema } from '../contract/schemas.ts';
import { toOpenApi } from '../contract/document.ts';
import { NODE_CONTROLLERS } from '../node/controllers.ts';
import { VERSION } from '../version.ts';

/** The node listener's contract, `openapi/agent.v1.json`. */
export function agentDocument(): JsonSchema {
  return toOpenApi(NODE_CONTROLLERS, {
    title: 'Asterism agent API',
    version: VERSION,
    description:
      'What the agent of a node speaks, over attested TLS: TLS 1.3 with a client certificate, evidence of both sides ' +
      'bound to the exporter of the connection. Nothing but the attestation itself is answered on a connection that has ' +
      'not been attested. `x-connection` names what an operation needs: any `connection`, an `attested` one, or that of a ' +
      '`member`, whose node exists and is neither quarantined nor revoked. Errors are problems (RFC 9457) with a stable `code`.',
    server: { url: 'https://127.0.0.1:7444', description: 'an API that `asterism up` started' },
    securitySchemes: {
      attestedTls: {
        type: 'mutualTLS',
        description: 'an ephemeral certificate of the node; the evidence is bound to the connection',
      },
    },
    tags: {
      attestation: 'who is on the other end of this connection, both ways',
      enrolment: 'becoming a node, the lock, the state disk',
      keys: 'of volumes and object stores, for members that own them',
      stream: 'what the API asks of a member',
    },
  });
}
