import { Controller } from '@nestjs/common';
import {
  acceptRollbackSchema,
  pageQuerySchema,
  pageSchema,
  stateDiskIdSchema,
  stateDiskSchema,
  type AcceptRollback,
  type Cluster,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { StateDisksService } from './state-disks.service.ts';

const tag = 'keys';

@Controller()
export class StateDisksController {
  readonly #disks: StateDisksService;

  constructor(disks: StateDisksService) {
    this.#disks = disks;
  }

  @Permission('keys.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/state-disks',
    id: 'listStateDisks',
    tag,
    summary: 'List state disks',
    description:
      'Which machine’s node owns each, the version of its key, how often it was opened, and what was last wrong with it.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(stateDiskSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: PageQuery) {
    return this.#disks.list(cluster, query);
  }

  @Permission('keys.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/state-disks/{disk}/accept-rollback',
    id: 'acceptRollback',
    tag,
    summary: 'Take an older copy of a state disk',
    description:
      'A disk that shows an earlier epoch than the record is not opened: somebody put an older copy in its place. If that was ' +
      'you, name the epoch that the node reported: its next boot opens the disk, once.',
    params: { disk: stateDiskIdSchema },
    body: acceptRollbackSchema,
    response: { status: 200, description: 'the disk as it is now', schema: stateDiskSchema },
    errors: ['state-disk-unknown', 'rollback-none', 'confirmation-mismatch'],
    idempotent: 'replay',
  })
  acceptRollback(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('disk') disk: string,
    @Body() body: AcceptRollback,
  ) {
    return this.#disks.acceptRollback(caller, cluster, disk, body);
  }
}
