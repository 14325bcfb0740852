import {
  createdRecoverySetSchema,
  createRecoverySetSchema,
  pageQuerySchema,
  pageSchema,
  recoverySetSchema,
  type Cluster,
  type CreateRecoverySet,
} from '@asterism/contracts';
import { Controller } from '@nestjs/common';
import { From, In, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { RecoverySetsService } from './recovery-sets.service.ts';

const tag = 'recovery';

const CREATED = {
  status: 201,
  description: 'the set, and its shares, each encrypted to one person',
  schema: createdRecoverySetSchema,
} as const;
const EXAMPLE = {
  threshold: 2,
  recipients: [
    { name: 'Ada', recipient: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p' },
    { name: 'Grace', recipient: 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg' },
  ],
  reason: 'first issue',
};

@Controller()
export class RecoverySetsController {
  readonly #sets: RecoverySetsService;

  constructor(sets: RecoverySetsService) {
    this.#sets = sets;
  }

  @Permission('recovery.read')
  @Operation({
    route: 'GET /v1/recovery-sets',
    id: 'listRecoverySets',
    tag,
    summary: 'List recovery sets of the API’s KEK',
    description: 'Who has a share, and how many recover. Shares are not kept.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(recoverySetSchema) },
  })
  list(@Query() query: PageQuery) {
    return this.#sets.list(null, query);
  }

  @Permission('recovery.issue', { globally: true })
  @Operation({
    route: 'POST /v1/recovery-sets',
    id: 'createRecoverySet',
    tag,
    summary: 'Issue recovery shares of the API’s KEK',
    description:
      'Splits the KEK, and encrypts each share to one person’s age recipient. They are in this answer and nowhere else. A set ' +
      'that was issued before is superseded: this API takes its shares no longer.',
    body: createRecoverySetSchema,
    bodyExample: EXAMPLE,
    response: CREATED,
    errors: ['sealed'],
    idempotent: 'once',
  })
  create(@From() caller: Caller, @Body() body: CreateRecoverySet) {
    return this.#sets.create(caller, null, body);
  }

  @Permission('recovery.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/recovery-sets',
    id: 'listClusterRecoverySets',
    tag,
    summary: 'List recovery sets of a cluster’s root',
    description: 'Who has a share, and how many recover. Shares are not kept.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(recoverySetSchema) },
  })
  listOfCluster(@In() cluster: Cluster, @Query() query: PageQuery) {
    return this.#sets.list(cluster, query);
  }

  @Permission('recovery.issue')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/recovery-sets',
    id: 'createClusterRecoverySet',
    tag,
    summary: 'Issue recovery shares of a cluster’s root',
    description:
      'As for the API’s KEK. With them the cluster recovers also where the KEK is lost for good and a new one was made.',
    body: createRecoverySetSchema,
    bodyExample: EXAMPLE,
    response: CREATED,
    errors: ['sealed'],
    idempotent: 'once',
  })
  createOfCluster(@From() caller: Caller, @In() cluster: Cluster, @Body() body: CreateRecoverySet) {
    return this.#sets.create(caller, cluster, body);
  }
}
