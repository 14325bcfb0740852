import { Controller } from '@nestjs/common';
import { keyMetadataSchema, pageQuerySchema, pageSchema, type Cluster } from '@asterism/contracts';
import { keys } from '@asterism/persistence';
import { In } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { Platform } from '../platform/platform.ts';

@Controller()
export class KeysController {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  @Permission('keys.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/keys',
    id: 'listKeys',
    tag: 'keys',
    summary: 'List key metadata',
    description: 'Which keys were handed out, to whom and how often. Key material is never in it.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(keyMetadataSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: PageQuery) {
    return keys.list(this.#platform.database.queries, cluster.id, {}, query);
  }
}
