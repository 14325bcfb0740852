import { Controller } from '@nestjs/common';
import {
  createPoolSchema,
  idOrNameSchema,
  pageQuerySchema,
  pageSchema,
  poolSchema,
  updatePoolSchema,
  type Cluster,
  type CreatePool,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, IfMatch, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { PoolsService } from './pools.service.ts';

const tag = 'pools';
const params = { pool: idOrNameSchema };

@Controller()
export class PoolsController {
  readonly #pools: PoolsService;

  constructor(pools: PoolsService) {
    this.#pools = pools;
  }

  @Permission('pools.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/pools',
    id: 'listPools',
    tag,
    summary: 'List pools',
    description: 'Oldest first.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(poolSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: PageQuery) {
    return this.#pools.list(cluster, query);
  }

  @Permission('pools.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/pools',
    id: 'createPool',
    tag,
    summary: 'Create a pool',
    description:
      'A set of nodes of one role, one evidence variant and one policy. It accepts no machine until a policy is active.',
    body: createPoolSchema,
    response: { status: 201, description: 'created', schema: poolSchema, etag: true },
    errors: ['pool-exists'],
    fieldErrors: { variant: 'variant-unsupported' },
    idempotent: 'replay',
  })
  create(@From() caller: Caller, @In() cluster: Cluster, @Body() body: CreatePool) {
    return this.#pools.create(caller, cluster, body);
  }

  @Permission('pools.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/pools/{pool}',
    id: 'readPool',
    tag,
    summary: 'Read a pool',
    description: 'By id or name. Its `ETag` is also what activating a policy takes as `If-Match`.',
    params,
    response: { status: 200, description: 'the pool', schema: poolSchema, etag: true },
    errors: ['pool-unknown'],
  })
  read(@In() cluster: Cluster, @Param('pool') pool: string) {
    return this.#pools.read(cluster, pool);
  }

  @Permission('pools.write')
  @Operation({
    route: 'PATCH /v1/clusters/{cluster}/pools/{pool}',
    id: 'updatePool',
    tag,
    summary: 'Change a pool’s description',
    description: 'Needs `If-Match`. Role and variant never change: make another pool.',
    params,
    body: updatePoolSchema,
    response: { status: 200, description: 'the pool as it is now', schema: poolSchema, etag: true },
    errors: ['pool-unknown'],
    ifMatch: true,
  })
  update(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('pool') pool: string,
    @IfMatch() revision: number,
    @Body() body: { description: string },
  ) {
    return this.#pools.update(caller, cluster, pool, revision, body);
  }

  @Permission('pools.write')
  @Operation({
    route: 'DELETE /v1/clusters/{cluster}/pools/{pool}',
    id: 'deletePool',
    tag,
    summary: 'Delete a pool',
    description:
      'With its policies. Refused while it has nodes, revoked ones included: their records keep them out.',
    params,
    response: { status: 204, description: 'deleted' },
    errors: ['pool-unknown', 'pool-not-empty'],
  })
  async remove(@From() caller: Caller, @In() cluster: Cluster, @Param('pool') pool: string): Promise<void> {
    await this.#pools.remove(caller, cluster, pool);
  }
}
