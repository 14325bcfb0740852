import { Controller } from '@nestjs/common';
import {
  accessUserNameSchema,
  idOrNameSchema,
  idSchema,
  nodeAccessSchema,
  pageQuerySchema,
  pageSchema,
  sshSessionSchema,
  type Cluster,
} from '@asterism/contracts';
import { z } from 'zod';
import { In } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { SshSessionsService } from './ssh-sessions.service.ts';

const tag = 'access';
const sessionsQuerySchema = pageQuerySchema.extend({
  state: z.enum(['open', 'closed']).optional(),
  node: idOrNameSchema.optional(),
  grant: idSchema.optional(),
  user: accessUserNameSchema.optional(),
});

@Controller()
export class SshSessionsController {
  readonly #sessions: SshSessionsService;

  constructor(sessions: SshSessionsService) {
    this.#sessions = sessions;
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/sessions',
    id: 'listSshSessions',
    tag,
    summary: 'List SSH sessions',
    description:
      'As nodes report them, the newest first; those that no certificate of this platform let in are here too.',
    query: sessionsQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(sshSessionSchema) },
    errors: ['node-unknown'],
  })
  list(@In() cluster: Cluster, @Query() query: z.output<typeof sessionsQuerySchema>) {
    return this.#sessions.list(cluster, query);
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/nodes',
    id: 'listNodeAccess',
    tag,
    summary: 'List what nodes enforce',
    description:
      'Which revision is in force on each node, what stands in its way, and which nodes are away. By name.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(nodeAccessSchema) },
  })
  listNodes(@In() cluster: Cluster, @Query() query: z.output<typeof pageQuerySchema>) {
    return this.#sessions.listNodes(cluster, query);
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/nodes/{node}',
    id: 'readNodeAccess',
    tag,
    summary: 'Read what a node enforces',
    description: 'With its addresses and host keys.',
    params: { node: idOrNameSchema },
    response: { status: 200, description: 'the node', schema: nodeAccessSchema },
    errors: ['node-unknown'],
  })
  readNode(@In() cluster: Cluster, @Param('node') node: string) {
    return this.#sessions.readNode(cluster, node);
  }
}
