import { Controller } from '@nestjs/common';
import {
  createRewrapSchema,
  idSchema,
  pageQuerySchema,
  pageSchema,
  rewrapSchema,
  type Cluster,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { RewrapsService } from './rewraps.service.ts';

const tag = 'keys';
const params = { rewrap: idSchema };

@Controller()
export class RewrapsController {
  readonly #rewraps: RewrapsService;

  constructor(rewraps: RewrapsService) {
    this.#rewraps = rewraps;
  }

  @Permission('keys.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/rewraps',
    id: 'listRewraps',
    tag,
    summary: 'List rewraps',
    description: 'Newest first.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(rewrapSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: PageQuery) {
    return this.#rewraps.list(cluster, query);
  }

  @Permission('keys.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/rewraps',
    id: 'createRewrap',
    tag,
    summary: 'Wrap every data key anew',
    description:
      'Under another provider, or under the newest version of the same KEK, while the cluster runs. New keys are wrapped by ' +
      'the new provider at once. It waits while a provider is away and goes on by itself; keep the old provider configured ' +
      'until it is done.',
    body: createRewrapSchema,
    response: { status: 201, description: 'begun', schema: rewrapSchema },
    errors: ['key-mode-conflict', 'kek-provider-unknown', 'rewrap-running'],
    idempotent: 'replay',
  })
  create(@From() caller: Caller, @In() cluster: Cluster, @Body() body: { provider: string }) {
    return this.#rewraps.create(caller, cluster, body);
  }

  @Permission('keys.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/rewraps/{rewrap}',
    id: 'readRewrap',
    tag,
    summary: 'Read a rewrap',
    description: 'How many keys are done, and why it waits if it does.',
    params,
    response: { status: 200, description: 'the rewrap', schema: rewrapSchema },
    errors: ['rewrap-unknown'],
  })
  read(@In() cluster: Cluster, @Param('rewrap') rewrap: string) {
    return this.#rewraps.read(cluster, rewrap);
  }

  @Permission('keys.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/rewraps/{rewrap}/cancel',
    id: 'cancelRewrap',
    tag,
    summary: 'Cancel a rewrap',
    description:
      'Keys that were wrapped anew stay so: both providers are needed until another rewrap is done. New keys are wrapped by ' +
      'the provider of before.',
    params,
    response: { status: 200, description: 'the rewrap as it is now', schema: rewrapSchema },
    errors: ['rewrap-unknown', 'key-state-conflict'],
    idempotent: 'replay',
  })
  cancel(@From() caller: Caller, @In() cluster: Cluster, @Param('rewrap') rewrap: string) {
    return this.#rewraps.cancel(caller, cluster, rewrap);
  }
}
