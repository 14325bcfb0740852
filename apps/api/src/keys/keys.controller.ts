import { Controller } from '@nestjs/common';
import {
  dataKeyPurposeSchema,
  declareKeySchema,
  destroyKeySchema,
  keyMetadataSchema,
  keyPurposeSchema,
  keySchema,
  pageQuerySchema,
  pageSchema,
  stateDiskIdSchema,
  keyIdSchema,
  type Cluster,
  type DataKeyPurpose,
  type DeclareKey,
  type DestroyKey,
  type KeyMetadata,
} from '@asterism/contracts';
import { z } from 'zod';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation, type OperationOptions } from '../contract/operation.ts';
import { KeysService, type KeysQuery } from './keys.service.ts';

const tag = 'keys';
const key = z
  .union([keyIdSchema, stateDiskIdSchema])
  .meta({ description: 'of a disk, volume or object store', examples: ['pvc-7f0e2a51'] });
const purpose = dataKeyPurposeSchema.meta({ examples: ['volume'] });
const version = z.coerce
  .number()
  .int()
  .min(1)
  .max(2_147_483_647)
  .meta({ examples: [1] });
const afterwards = {
  status: 200,
  description: 'the version as it is now',
  schema: keyMetadataSchema,
} satisfies OperationOptions['response'];

@Controller()
export class KeysController {
  readonly #keys: KeysService;

  constructor(keys: KeysService) {
    this.#keys = keys;
  }

  @Permission('keys.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/keys',
    id: 'listKeys',
    tag,
    summary: 'List key metadata',
    description:
      'Which keys there are, whose they are and how often they were handed out. Key material is never in it.',
    query: pageQuerySchema.extend({ purpose: keyPurposeSchema.optional() }),
    response: { status: 200, description: 'one page', schema: pageSchema(keyMetadataSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: KeysQuery) {
    return this.#keys.list(cluster, query);
  }

  @Permission('keys.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/keys',
    id: 'declareKey',
    tag,
    summary: 'Declare a key of a volume or an object store',
    description:
      'With its owner: one node, the nodes of a pool, or every member. A key that is not declared is made when a member ' +
      'first asks for it, and is its pool’s. Nobody outside of the owner gets it.',
    body: declareKeySchema,
    bodyExample: { purpose: 'volume', id: 'pvc-7f0e2a51', owner: { kind: 'cluster' } },
    response: { status: 201, description: 'declared', schema: keyMetadataSchema },
    errors: [
      'key-exists',
      'key-id-reserved',
      'node-unknown',
      'node-state-conflict',
      'pool-unknown',
      'kek-undecided',
      'sealed',
    ],
    idempotent: 'replay',
  })
  declare(@From() caller: Caller, @In() cluster: Cluster, @Body() body: DeclareKey) {
    return this.#keys.declare(caller, cluster, body);
  }

  @Permission('keys.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/keys/{purpose}/{key}',
    id: 'readKey',
    tag,
    summary: 'Read the versions of a key',
    description: 'The newest first, with who owns it and which of them encrypts.',
    params: { purpose: keyPurposeSchema.meta({ examples: ['volume'] }), key },
    response: { status: 200, description: 'the key', schema: keySchema },
    errors: ['key-unknown'],
  })
  read(@In() cluster: Cluster, @Param('purpose') of: KeyMetadata['purpose'], @Param('key') id: string) {
    return this.#keys.read(cluster, { purpose: of, id });
  }

  @Permission('keys.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/keys/{purpose}/{key}/rotate',
    id: 'rotateKey',
    tag,
    summary: 'Rotate a key',
    description:
      'Makes its next version. Of a volume or object store it encrypts from now on, and older versions only decrypt. Of a ' +
      'state disk it is wanted: the machine adds it to the disk at its next boot, reports it, and then removes the other.',
    params: { purpose, key },
    response: { status: 200, description: 'the new version', schema: keyMetadataSchema },
    errors: ['key-unknown', 'key-state-conflict', 'kek-undecided', 'sealed'],
    idempotent: 'replay',
  })
  rotate(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('purpose') of: DataKeyPurpose,
    @Param('key') id: string,
  ) {
    return this.#keys.rotate(caller, cluster, { purpose: of, id });
  }

  @Permission('keys.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/keys/{purpose}/{key}/versions/{version}/retire',
    id: 'retireKeyVersion',
    tag,
    summary: 'Retire a version of a key',
    description:
      'Its owner may decrypt with it and encrypts nothing new. Of a state disk, versions are retired by its rotation alone.',
    params: { purpose, key, version },
    response: afterwards,
    errors: ['key-unknown', 'key-state-conflict'],
    idempotent: 'replay',
  })
  retire(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('purpose') of: DataKeyPurpose,
    @Param('key') id: string,
    @Param('version') number: number,
  ) {
    return this.#keys.retire(caller, cluster, { purpose: of, id, version: number });
  }

  @Permission('keys.destroy')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/keys/{purpose}/{key}/versions/{version}/destroy',
    id: 'destroyKeyVersion',
    tag,
    summary: 'Destroy a version of a key',
    description:
      'For good: nobody gets it again, and what it encrypted cannot be read. In external mode the wrapped key is deleted, ' +
      'here and from the mirrors. In managed mode it is refused for ever, but whoever has the cluster’s root can derive it.',
    params: { purpose, key, version },
    body: destroyKeySchema,
    response: afterwards,
    errors: ['key-unknown', 'key-state-conflict', 'confirmation-mismatch'],
    idempotent: 'replay',
  })
  destroy(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('purpose') of: DataKeyPurpose,
    @Param('key') id: string,
    @Param('version') number: number,
    @Body() body: DestroyKey,
  ) {
    return this.#keys.destroy(caller, cluster, { purpose: of, id, version: number }, body);
  }
}
