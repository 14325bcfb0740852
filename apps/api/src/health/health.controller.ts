import { Controller, HttpStatus, Res } from '@nestjs/common';
import { liveSchema, readySchema } from '@asterism/contracts';
import type { FastifyReply } from 'fastify';
import { Public } from '../contract/access.ts';
import { Operation } from '../contract/operation.ts';
import { Platform } from '../platform/platform.ts';

const tag = 'health';

@Controller()
export class HealthController {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  @Public()
  @Operation({
    route: 'GET /health/live',
    id: 'readLiveness',
    tag,
    summary: 'Is the process alive',
    description: 'Answers as long as the process does; restart it when this does not answer.',
    response: { status: 200, description: 'alive', schema: liveSchema },
  })
  live() {
    return { status: 'live' };
  }

  @Public()
  @Operation({
    route: 'GET /health/ready',
    id: 'readReadiness',
    tag,
    summary: 'Can the process serve',
    description:
      'Database reachable, not stopping. Send no requests to a replica that is not ready. `sealed`: the keys are sealed; ' +
      'what needs none is served, so is recovery.',
    response: {
      status: 200,
      description: 'ready, or ready but for what needs keys',
      schema: readySchema,
      alternative: { status: 503, description: 'not ready; the checks say why' },
    },
    responseExample: {
      status: 'ready',
      checks: { database: 'ok', process: 'ok', keys: 'ok' },
      version: '0.1.0',
    },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { database, stopping, version, sealing } = this.#platform;
    const reachable = await database.isReachable();
    const checks = {
      database: reachable ? 'ok' : 'failing',
      process: stopping.aborted ? 'failing' : 'ok',
      keys: sealing.isOpen ? 'ok' : 'sealed',
    };
    const ready = !Object.values(checks).includes('failing');
    if (!ready) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: ready ? (sealing.isOpen ? 'ready' : 'sealed') : 'not-ready', checks, version };
  }
}
