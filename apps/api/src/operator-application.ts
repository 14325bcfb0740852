import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Admission } from './auth/admission.ts';
import { RATE_LIMITS, type RateLimits } from './auth/rate-limit.ts';
import { serveDocumentPages } from './documents/pages.ts';
import { createApplication } from './http/application.ts';
import { IdempotencyInterceptor } from './http/idempotency.interceptor.ts';
import { OPERATOR_CONTROLLERS } from './operator-controllers.ts';
import { OperatorModule } from './operator.module.ts';
import type { NodeInterrogator } from './platform/node-interrogator.ts';
import type { Platform } from './platform/platform.ts';

export interface OperatorApplicationOptions {
  readonly platform: Platform;
  readonly interrogator: NodeInterrogator;
  /** PEM. Absent: no TLS, for an application that never listens. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly limits?: RateLimits;
}

/** The operator listener's application, not listening yet. */
export function createOperatorApplication(
  options: OperatorApplicationOptions,
): Promise<NestFastifyApplication> {
  const { platform, interrogator, tls } = options;
  const admission = new Admission(platform, options.limits ?? RATE_LIMITS);
  return createApplication({
    listener: 'operator',
    platform,
    module: OperatorModule.forRoot(platform, interrogator),
    controllers: OPERATOR_CONTROLLERS,
    admit: (request, operation, reply) => admission.admit(request, operation, reply),
    interceptors: [new IdempotencyInterceptor(platform)],
    extend: serveDocumentPages,
    ...(tls === undefined
      ? {}
      : { server: { https: { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.3' } } }),
  });
}
