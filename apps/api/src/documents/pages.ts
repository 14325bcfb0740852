import type { FastifyInstance } from 'fastify';
import { SWAGGER_UI } from './swagger-ui.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Asterism API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><nav><a href="/docs">operator</a> · <a href="/docs?agent">agent</a></nav><div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

const START = `SwaggerUIBundle({
  url: location.search === '?agent' ? '/openapi/agent.v1.json' : '/openapi/operator.v1.json',
  dom_id: '#swagger-ui',
  validatorUrl: null,
  persistAuthorization: false,
});
`;

/** Everything from here, nothing inline but the styles that Swagger UI sets itself. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** Swagger UI at `/docs`: public like the documents it shows. */
export function serveDocumentPages(instance: FastifyInstance): void {
  const serve = (url: string, type: string, read: () => string) =>
    instance.get(url, { config: { open: true } }, (_request, reply) =>
      reply.header('content-security-policy', POLICY).type(type).send(read()),
    );
  serve('/docs', HTML, () => PAGE);
  serve('/docs/start.js', SCRIPT, () => START);
  serve('/docs/swagger-ui-bundle.js', SCRIPT, () => SWAGGER_UI.script());
  serve('/docs/swagger-ui.css', 'text/css; charset=utf-8', () => SWAGGER_UI.style());
}
