import { Controller } from '@nestjs/common';
import {
  appraisalSchema,
  idOrNameSchema,
  nodeReasonSchema,
  nodeSchema,
  nodeStateSchema,
  pageQuerySchema,
  pageSchema,
  revokeNodeSchema,
  storedEvidenceSchema,
  type Cluster,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation, type OperationOptions } from '../contract/operation.ts';
import { NodesService, type NodeQuery, type Revocation } from './nodes.service.ts';

const tag = 'nodes';
const params = { node: idOrNameSchema };
const afterwards = {
  status: 200,
  description: 'the node as it is now',
  schema: nodeSchema,
} satisfies OperationOptions['response'];

@Controller()
export class NodesController {
  readonly #nodes: NodesService;

  constructor(nodes: NodesService) {
    this.#nodes = nodes;
  }

  @Permission('nodes.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/nodes',
    id: 'listNodes',
    tag,
    summary: 'List nodes',
    description: 'Oldest first, of one pool or in one state where asked.',
    query: pageQuerySchema.extend({ pool: idOrNameSchema.optional(), state: nodeStateSchema.optional() }),
    response: { status: 200, description: 'one page', schema: pageSchema(nodeSchema) },
    errors: ['pool-unknown'],
  })
  list(@In() cluster: Cluster, @Query() query: NodeQuery) {
    return this.#nodes.list(cluster, query);
  }

  @Permission('nodes.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/nodes/{node}',
    id: 'readNode',
    tag,
    summary: 'Read a node',
    description: 'Identity, state, connection and last appraisal.',
    params,
    response: { status: 200, description: 'the node', schema: nodeSchema },
    errors: ['node-unknown'],
  })
  read(@In() cluster: Cluster, @Param('node') node: string) {
    return this.#nodes.read(cluster, node);
  }

  @Permission('nodes.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/nodes/{node}/evidence',
    id: 'readNodeEvidence',
    tag,
    summary: 'Read a node’s latest evidence',
    description:
      'As it came, with the binding it carries. For fresh evidence over a nonce of your own, verify the node.',
    params,
    response: { status: 200, description: 'the evidence', schema: storedEvidenceSchema },
    errors: ['node-unknown'],
  })
  evidence(@In() cluster: Cluster, @Param('node') node: string) {
    return this.#nodes.evidence(cluster, node);
  }

  @Permission('nodes.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/nodes/{node}/appraisals',
    id: 'listNodeAppraisals',
    tag,
    summary: 'List a node’s appraisals',
    description:
      'Newest first, each with every claim, what was got and what was wanted. Appraisals are never changed.',
    params,
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(appraisalSchema) },
    errors: ['node-unknown'],
  })
  appraisals(@In() cluster: Cluster, @Param('node') node: string, @Query() query: PageQuery) {
    return this.#nodes.appraisals(cluster, node, query);
  }

  @Permission('nodes.attest')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/nodes/{node}/attest',
    id: 'attestNode',
    tag,
    summary: 'Attest a node now',
    description:
      'Asks the node for evidence over a fresh nonce, waits for its answer and appraises it. A refused one quarantines ' +
      'the node; no answer within the deadline is `timeout`, which is not a refusal.',
    params,
    response: { status: 200, description: 'what came of it', schema: appraisalSchema },
    errors: [
      'node-unknown',
      'node-offline',
      'node-state-conflict',
      'policy-none-active',
      'overloaded',
      'timeout',
    ],
  })
  attest(@From() caller: Caller, @In() cluster: Cluster, @Param('node') node: string) {
    return this.#nodes.attest(caller, cluster, node);
  }

  @Permission('nodes.quarantine')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/nodes/{node}/quarantine',
    id: 'quarantineNode',
    tag,
    summary: 'Quarantine a node',
    description:
      'Its keys stop until it is released. Anything but a quarantined or revoked node can be quarantined.',
    params,
    body: nodeReasonSchema,
    response: afterwards,
    errors: ['node-unknown', 'node-state-conflict'],
  })
  quarantine(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('node') node: string,
    @Body() body: { reason: string },
  ) {
    return this.#nodes.quarantine(caller, cluster, node, body);
  }

  @Permission('nodes.quarantine')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/nodes/{node}/release',
    id: 'releaseNode',
    tag,
    summary: 'Release a node from quarantine',
    description:
      'It must prove itself again before it has any right: release is permission to try, not a verdict.',
    params,
    body: nodeReasonSchema,
    response: afterwards,
    errors: ['node-unknown', 'node-state-conflict'],
  })
  release(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('node') node: string,
    @Body() body: { reason: string },
  ) {
    return this.#nodes.release(caller, cluster, node, body);
  }

  @Permission('nodes.revoke')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/nodes/{node}/revoke',
    id: 'revokeNode',
    tag,
    summary: 'Revoke a node for good',
    description:
      'Its rights end in the commit that records it, its stream closes, and its machine identity can never enrol again.',
    params,
    body: revokeNodeSchema,
    response: afterwards,
    errors: ['node-unknown', 'node-state-conflict', 'confirmation-mismatch'],
  })
  revoke(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('node') node: string,
    @Body() body: Revocation,
  ) {
    return this.#nodes.revoke(caller, cluster, node, body);
  }
}
