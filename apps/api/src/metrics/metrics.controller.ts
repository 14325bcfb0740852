import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Permission } from '../contract/access.ts';
import { Operation } from '../contract/operation.ts';
import { Platform } from '../platform/platform.ts';

@Controller()
export class MetricsController {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  @Permission('metrics.read')
  @Operation({
    route: 'GET /metrics',
    id: 'readMetrics',
    tag: 'health',
    summary: 'Read metrics',
    description: 'Prometheus text format. No id, name or address is in it.',
    response: { status: 200, description: 'metrics', schema: z.string(), mediaType: 'text/plain' },
    responseExample: '# TYPE asterism_streams gauge\nasterism_streams{kind="events"} 1\n',
  })
  read(): Promise<string> {
    return this.#platform.metrics.registry.metrics();
  }
}
