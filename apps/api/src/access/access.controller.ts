import { Controller } from '@nestjs/common';
import {
  accessDocumentSchema,
  accessPlanSchema,
  accessReasonSchema,
  accessSchema,
  accessUserNameSchema,
  accessUserSchema,
  type AccessDocument,
  type AccessReason,
  type AccessUser,
  type Cluster,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, IfMatch, Param } from '../contract/input.ts';
import { Operation, type OperationOptions } from '../contract/operation.ts';
import { DOCUMENT_EXAMPLE, USER_EXAMPLE } from './access-examples.ts';
import { AccessService } from './access.service.ts';

const tag = 'access';
const params = { user: accessUserNameSchema };
const invalid = ['access-invalid', 'ssh-public-key-invalid'] as const;
const afterwards = {
  status: 200,
  description: 'what is declared now',
  schema: accessSchema,
  etag: true,
} satisfies OperationOptions['response'];

@Controller()
export class AccessController {
  readonly #access: AccessService;

  constructor(access: AccessService) {
    this.#access = access;
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access',
    id: 'readAccess',
    tag,
    summary: 'Read declared access',
    description: 'Who may be let in, with which keys, as whom, where, until when, and under which rules.',
    response: afterwards,
  })
  read(@In() cluster: Cluster) {
    return this.#access.read(cluster);
  }

  @Permission('access.read')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/plan',
    id: 'planAccess',
    tag,
    summary: 'Compare a document with what is declared',
    description:
      'What applying it would add, change and remove, and how many grants it would end. Nothing is changed.',
    body: accessDocumentSchema,
    bodyExample: DOCUMENT_EXAMPLE,
    response: { status: 200, description: 'the differences', schema: accessPlanSchema },
    errors: invalid,
  })
  plan(@In() cluster: Cluster, @Body() body: AccessDocument) {
    return this.#access.plan(cluster, body);
  }

  @Permission('access.write')
  @Operation({
    route: 'PUT /v1/clusters/{cluster}/access',
    id: 'applyAccess',
    tag,
    summary: 'Declare access anew',
    description:
      'The document is all of it: who is not in it is removed, and what rested on that ends. Needs `If-Match` with the ' +
      'revision that was read or planned with.',
    body: accessDocumentSchema,
    bodyExample: DOCUMENT_EXAMPLE,
    response: afterwards,
    errors: invalid,
    ifMatch: true,
  })
  apply(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @IfMatch() revision: number,
    @Body() body: AccessDocument,
  ) {
    return this.#access.apply(caller, cluster, revision, body);
  }

  @Permission('access.write')
  @Operation({
    route: 'PUT /v1/clusters/{cluster}/access/users/{user}',
    id: 'putAccessUser',
    tag,
    summary: 'Declare a user',
    description:
      'Adds the user, or takes what it is now; grants that rested on what is gone end. Needs `If-Match`.',
    params,
    body: accessUserSchema,
    bodyExample: USER_EXAMPLE,
    response: afterwards,
    errors: invalid,
    ifMatch: true,
  })
  put(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('user') name: string,
    @IfMatch() revision: number,
    @Body() user: AccessUser,
  ) {
    return this.#access.putUser(caller, cluster, revision, { name, user });
  }

  @Permission('access.revoke')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/users/{user}/remove',
    id: 'removeAccessUser',
    tag,
    summary: 'Remove a user',
    description:
      'At once, whatever the revision: grants end, certificates are revoked, sessions are closed, accounts go.',
    params,
    body: accessReasonSchema,
    response: afterwards,
    errors: ['access-user-unknown'],
  })
  remove(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('user') name: string,
    @Body() { reason }: AccessReason,
  ) {
    return this.#access.removeUser(caller, cluster, name, reason);
  }
}
