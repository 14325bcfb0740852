import { Controller } from '@nestjs/common';
import {
  clusterSchema,
  createClusterSchema,
  deleteClusterSchema,
  pageQuerySchema,
  pageSchema,
  updateClusterSchema,
  type Cluster,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, IfMatch, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import {
  ClustersService,
  type CreateCluster,
  type DeleteCluster,
  type PageQuery,
} from './clusters.service.ts';

const tag = 'clusters';

@Controller()
export class ClustersController {
  readonly #clusters: ClustersService;

  constructor(clusters: ClustersService) {
    this.#clusters = clusters;
  }

  @Permission('clusters.read')
  @Operation({
    route: 'GET /v1/clusters',
    id: 'listClusters',
    tag,
    summary: 'List clusters',
    description: 'The clusters that the caller may see, oldest first.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(clusterSchema) },
  })
  list(@From() caller: Caller, @Query() query: PageQuery) {
    return this.#clusters.list(caller, query);
  }

  @Permission('clusters.create')
  @Operation({
    route: 'POST /v1/clusters',
    id: 'createCluster',
    tag,
    summary: 'Create a cluster',
    description:
      'Makes the cluster’s root key and its measured identity. The root is stored wrapped and never leaves the API. Keys of ' +
      'disks, volumes and object stores are derived from it (`managed`), or random and wrapped by a configured provider ' +
      '(`external`). A Constellation cluster can be taken over with its master secret.',
    body: createClusterSchema,
    bodyExample: { name: 'production', keys: { mode: 'managed' } },
    response: { status: 201, description: 'created', schema: clusterSchema, etag: true },
    errors: ['cluster-exists', 'kek-provider-unknown', 'master-secret-invalid', 'sealed'],
    idempotent: 'replay',
  })
  create(@From() caller: Caller, @Body() body: CreateCluster) {
    return this.#clusters.create(caller, body);
  }

  @Permission('clusters.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}',
    id: 'readCluster',
    tag,
    summary: 'Read a cluster',
    description: 'By id or name. A cluster that the caller may not see answers as one that does not exist.',
    response: { status: 200, description: 'the cluster', schema: clusterSchema, etag: true },
  })
  read(@In() cluster: Cluster) {
    return cluster;
  }

  @Permission('clusters.update')
  @Operation({
    route: 'PATCH /v1/clusters/{cluster}',
    id: 'updateCluster',
    tag,
    summary: 'Change a cluster’s description',
    description: 'Needs `If-Match`: a change that was made meanwhile is not overwritten.',
    body: updateClusterSchema,
    response: { status: 200, description: 'the cluster as it is now', schema: clusterSchema, etag: true },
    ifMatch: true,
  })
  update(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @IfMatch() revision: number,
    @Body() body: { description: string },
  ) {
    return this.#clusters.update(caller, cluster, revision, body);
  }

  @Permission('clusters.delete')
  @Operation({
    route: 'DELETE /v1/clusters/{cluster}',
    id: 'deleteCluster',
    tag,
    summary: 'Delete a cluster',
    description:
      'With its pools, policies, enrolments and keys: state disks of its machines can never be opened again. Refused ' +
      'while it has nodes that are not revoked. Appraisals and audit records stay.',
    body: deleteClusterSchema,
    response: { status: 204, description: 'deleted' },
    errors: ['confirmation-mismatch', 'cluster-not-empty'],
  })
  async remove(@From() caller: Caller, @In() cluster: Cluster, @Body() body: DeleteCluster): Promise<void> {
    await this.#clusters.remove(caller, cluster, body);
  }
}
