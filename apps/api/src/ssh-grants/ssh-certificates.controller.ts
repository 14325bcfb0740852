import { Controller } from '@nestjs/common';
import {
  accessReasonSchema,
  createSshCertificateSchema,
  idSchema,
  issuedSshCertificateSchema,
  pageQuerySchema,
  pageSchema,
  revokedSshKeySchema,
  revokeSshKeySchema,
  sshCertificateSchema,
  type AccessReason,
  type Cluster,
  type CreateSshCertificate,
  type RevokeSshKey,
} from '@asterism/contracts';
import { z } from 'zod';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { SshCertificatesService } from './ssh-certificates.service.ts';

const tag = 'access';
const certificatesQuerySchema = pageQuerySchema.extend({ grant: idSchema.optional() });
const serial = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .meta({ examples: [1] });

@Controller()
export class SshCertificatesController {
  readonly #certificates: SshCertificatesService;

  constructor(certificates: SshCertificatesService) {
    this.#certificates = certificates;
  }

  @Permission('access.request')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/grants/{grant}/certificates',
    id: 'createSshCertificate',
    tag,
    summary: 'Make a certificate of a grant',
    description:
      'For the grant’s key, as long as the grant lasts and what it rests on is declared. It is in this answer alone, and of ' +
      'no use without the private key.',
    params: { grant: idSchema },
    body: createSshCertificateSchema,
    response: { status: 201, description: 'the certificate', schema: issuedSshCertificateSchema },
    errors: [
      'ssh-grant-unknown',
      'ssh-grant-conflict',
      'ssh-request-refused',
      'ssh-authority-conflict',
      'sealed',
    ],
    idempotent: 'replay',
  })
  issue(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('grant') grant: string,
    @Body() body: CreateSshCertificate,
  ) {
    return this.#certificates.issue(caller, cluster, grant, body);
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/certificates',
    id: 'listSshCertificates',
    tag,
    summary: 'List certificates',
    description: 'What is kept of them: serial, names, times. The newest first.',
    query: certificatesQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(sshCertificateSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: z.output<typeof certificatesQuerySchema>) {
    return this.#certificates.list(cluster, query);
  }

  @Permission('access.revoke')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/certificates/{serial}/revoke',
    id: 'revokeSshCertificate',
    tag,
    summary: 'Revoke a certificate',
    description:
      'Nodes refuse it and close its sessions as soon as they hear of it. The grant goes on: end that to end both.',
    params: { serial },
    body: accessReasonSchema,
    response: { status: 200, description: 'the certificate as it is now', schema: sshCertificateSchema },
    errors: ['ssh-certificate-unknown', 'ssh-grant-conflict'],
  })
  revoke(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('serial') wanted: number,
    @Body() { reason }: AccessReason,
  ) {
    return this.#certificates.revoke(caller, cluster, wanted, reason);
  }

  @Permission('access.revoke')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/revoked-keys',
    id: 'revokeSshKey',
    tag,
    summary: 'Revoke a key',
    description: 'For ever, whoever declares it: a lost laptop. Grants of it end.',
    body: revokeSshKeySchema,
    response: { status: 201, description: 'revoked', schema: revokedSshKeySchema },
    errors: ['ssh-grant-conflict'],
    idempotent: 'replay',
  })
  revokeKey(@From() caller: Caller, @In() cluster: Cluster, @Body() body: RevokeSshKey) {
    return this.#certificates.revokeKey(caller, cluster, body);
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/revoked-keys',
    id: 'listRevokedSshKeys',
    tag,
    summary: 'List revoked keys',
    description: 'By fingerprint.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(revokedSshKeySchema) },
  })
  listKeys(@In() cluster: Cluster, @Query() query: z.output<typeof pageQuerySchema>) {
    return this.#certificates.listRevokedKeys(cluster, query);
  }
}
