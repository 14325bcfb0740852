import { Controller } from '@nestjs/common';
import {
  createPolicySchema,
  dryRunRequestSchema,
  dryRunSchema,
  idOrNameSchema,
  importedMeasurementsSchema,
  importMeasurementsSchema,
  pageQuerySchema,
  pageSchema,
  policyVersionSchema,
  type Cluster,
  type ImportMeasurements,
} from '@asterism/contracts';
import { z } from 'zod';
import { From, In, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, IfMatch, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { DryRunService } from './dry-run.service.ts';
import { MeasurementImportService } from './measurement-import.service.ts';
import { IMPORT_EXAMPLE } from './measurement-import-example.ts';
import { POLICY_EXAMPLE } from './policy-example.ts';
import { PoliciesService, type CreatePolicy, type DryRunRequest } from './policies.service.ts';

const tag = 'policies';
const params = { pool: idOrNameSchema };
const version = z.coerce
  .number()
  .int()
  .min(1)
  .max(2_147_483_647)
  .meta({ examples: [1] });
const versionExample = {
  poolId: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11',
  version: 2,
  document: POLICY_EXAMPLE,
  comment: 'image 2026.11',
  active: true,
  createdBy: 'token:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a12',
  createdAt: '2026-11-24T10:00:00.000Z',
  activatedAt: '2026-11-24T10:05:00.000Z',
};

@Controller()
export class PoliciesController {
  readonly #policies: PoliciesService;
  readonly #dryRun: DryRunService;
  readonly #imports: MeasurementImportService;

  constructor(policies: PoliciesService, dryRun: DryRunService, imports: MeasurementImportService) {
    this.#policies = policies;
    this.#dryRun = dryRun;
    this.#imports = imports;
  }

  @Permission('policies.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/pools/{pool}/policies',
    id: 'listPolicies',
    tag,
    summary: 'List a pool’s policy versions',
    description: 'Newest first. Versions are never changed or deleted.',
    params,
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(policyVersionSchema) },
    responseExample: { items: [versionExample], nextCursor: null },
    errors: ['pool-unknown'],
  })
  list(@In() cluster: Cluster, @Param('pool') pool: string, @Query() query: PageQuery) {
    return this.#policies.list(cluster, pool, query);
  }

  @Permission('policies.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/pools/{pool}/policies',
    id: 'createPolicy',
    tag,
    summary: 'Add a policy version',
    description: 'Stores the next version; nothing changes for nodes until it is activated.',
    params,
    body: createPolicySchema,
    bodyExample: { document: POLICY_EXAMPLE, comment: 'image 2026.11' },
    response: { status: 201, description: 'stored', schema: policyVersionSchema },
    responseExample: { ...versionExample, active: false, activatedAt: null },
    errors: ['pool-unknown'],
    fieldErrors: { document: 'policy-invalid' },
    idempotent: 'replay',
  })
  create(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('pool') pool: string,
    @Body() body: CreatePolicy,
  ) {
    return this.#policies.create(caller, cluster, pool, body);
  }

  @Permission('policies.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/pools/{pool}/policies/{version}',
    id: 'readPolicy',
    tag,
    summary: 'Read a policy version',
    description: 'The document as it was stored.',
    params: { ...params, version },
    response: { status: 200, description: 'the version', schema: policyVersionSchema },
    responseExample: versionExample,
    errors: ['pool-unknown', 'policy-unknown'],
  })
  read(@In() cluster: Cluster, @Param('pool') pool: string, @Param('version') wanted: number) {
    return this.#policies.read(cluster, pool, wanted);
  }

  @Permission('policies.activate')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/pools/{pool}/policies/{version}/activate',
    id: 'activatePolicy',
    tag,
    summary: 'Activate a policy version',
    description:
      'From now on it decides, and every connected node of the pool is appraised again. Needs `If-Match` with the ' +
      'pool’s `ETag`.',
    params: { ...params, version },
    response: { status: 200, description: 'the version that is active now', schema: policyVersionSchema },
    responseExample: versionExample,
    errors: ['pool-unknown', 'policy-unknown'],
    ifMatch: true,
  })
  activate(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('pool') pool: string,
    @Param('version') wanted: number,
    @IfMatch() revision: number,
  ) {
    return this.#policies.activate(caller, cluster, pool, wanted, revision);
  }

  @Permission('policies.activate')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/pools/{pool}/policies/rollback',
    id: 'rollbackPolicy',
    tag,
    summary: 'Go back to the policy that was active before',
    description: 'By time of activation. Needs `If-Match` with the pool’s `ETag`.',
    params,
    response: { status: 200, description: 'the version that is active now', schema: policyVersionSchema },
    responseExample: versionExample,
    errors: ['pool-unknown', 'policy-unknown'],
    ifMatch: true,
  })
  rollback(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('pool') pool: string,
    @IfMatch() revision: number,
  ) {
    return this.#policies.rollback(caller, cluster, pool, revision);
  }

  @Permission('policies.read')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/pools/{pool}/policies/dry-run',
    id: 'dryRunPolicy',
    tag,
    summary: 'Try a policy on the pool’s nodes',
    description:
      'Appraises the latest evidence of every node under the document. Nothing is stored or changed.',
    params,
    body: dryRunRequestSchema,
    bodyExample: { document: POLICY_EXAMPLE },
    response: { status: 200, description: 'what would become of each node', schema: dryRunSchema },
    errors: ['pool-unknown'],
    fieldErrors: { document: 'policy-invalid' },
  })
  dryRun(@In() cluster: Cluster, @Param('pool') pool: string, @Body() body: DryRunRequest) {
    return this.#dryRun.run(cluster, pool, body);
  }

  @Permission('policies.read')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/pools/{pool}/policies/import-measurements',
    id: 'importMeasurements',
    tag,
    summary: 'Add the values of a signed measurement file to a document',
    description:
      'Proves who signed the file (Sigstore bundle or cosign key, nothing is fetched) and answers with the document as it ' +
      'becomes. Only registers that it compares already get values. Nothing is stored: add it as the next version.',
    params,
    body: importMeasurementsSchema,
    bodyExample: IMPORT_EXAMPLE.request,
    response: {
      status: 200,
      description: 'the document with the values',
      schema: importedMeasurementsSchema,
    },
    responseExample: IMPORT_EXAMPLE.answer,
    errors: ['pool-unknown', 'measurements-invalid', 'measurements-refused', 'policy-invalid'],
    fieldErrors: { document: 'policy-invalid' },
  })
  importMeasurements(@In() cluster: Cluster, @Param('pool') pool: string, @Body() body: ImportMeasurements) {
    return this.#imports.import(cluster, pool, body);
  }
}
