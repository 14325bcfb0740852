import { Controller } from '@nestjs/common';
import {
  emergencyKitSchema,
  revokeSshAuthoritySchema,
  sshAuthoritiesSchema,
  sshAuthorityKindSchema,
  sshAuthoritySchema,
  sshKnownHostsSchema,
  type Cluster,
  type RevokeSshAuthority,
  type SshAuthorityKind,
} from '@asterism/contracts';
import { z } from 'zod';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { EmergencyKits } from './emergency-kits.ts';
import { KnownHosts } from './known-hosts.ts';
import { SshAuthoritiesService } from './ssh-authorities.service.ts';

const tag = 'access';
const kind = sshAuthorityKindSchema.meta({ examples: ['user'] });
const version = z.coerce
  .number()
  .int()
  .min(1)
  .max(2_147_483_647)
  .meta({ examples: [1] });

@Controller()
export class SshAuthoritiesController {
  readonly #authorities: SshAuthoritiesService;
  readonly #knownHosts: KnownHosts;
  readonly #kits: EmergencyKits;

  constructor(authorities: SshAuthoritiesService, knownHosts: KnownHosts, kits: EmergencyKits) {
    this.#authorities = authorities;
    this.#knownHosts = knownHosts;
    this.#kits = kits;
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/authorities',
    id: 'listSshAuthorities',
    tag,
    summary: 'List SSH authorities',
    description:
      'Every version of the authorities of users, hosts and emergencies. Their keys are derived from the cluster’s root and ' +
      'kept nowhere.',
    response: { status: 200, description: 'all of them', schema: sshAuthoritiesSchema },
    errors: ['sealed'],
  })
  list(@In() cluster: Cluster) {
    return this.#authorities.list(cluster);
  }

  @Permission('access.authority')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/authorities/{kind}/rotate',
    id: 'rotateSshAuthority',
    tag,
    summary: 'Rotate an SSH authority',
    description:
      'The next version is trusted at once and signs after a minute; the one before is trusted until the last certificate of ' +
      'it is out of time.',
    params: { kind },
    response: { status: 200, description: 'the new version', schema: sshAuthoritySchema },
    errors: ['ssh-authority-conflict', 'sealed'],
    idempotent: 'replay',
  })
  rotate(@From() caller: Caller, @In() cluster: Cluster, @Param('kind') of: SshAuthorityKind) {
    return this.#authorities.rotate(caller, cluster, of);
  }

  @Permission('access.authority')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/authorities/{kind}/{version}/revoke',
    id: 'revokeSshAuthority',
    tag,
    summary: 'Revoke an SSH authority',
    description:
      'Whatever it signed is refused by every node that hears of it, and open sessions end. Where it was the one that signs, ' +
      'a new version signs at once.',
    params: { kind, version },
    body: revokeSshAuthoritySchema,
    response: { status: 200, description: 'revoked', schema: sshAuthoritySchema },
    errors: ['ssh-authority-unknown', 'ssh-authority-conflict', 'confirmation-mismatch', 'sealed'],
  })
  revoke(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('kind') of: SshAuthorityKind,
    @Param('version') wanted: number,
    @Body() body: RevokeSshAuthority,
  ) {
    return this.#authorities.revoke(caller, cluster, { kind: of, version: wanted }, body);
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/known-hosts',
    id: 'readSshKnownHosts',
    tag,
    summary: 'Read what to know the nodes’ SSH hosts by',
    description: 'Lines for a known_hosts file, and the list of host keys that are not to be taken any more.',
    response: { status: 200, description: 'lines and list', schema: sshKnownHostsSchema },
    errors: ['sealed'],
  })
  readKnownHosts(@In() cluster: Cluster) {
    return this.#knownHosts.read(cluster);
  }

  @Permission('access.authority')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/emergency-kit',
    id: 'readEmergencyKit',
    tag,
    summary: 'Read the emergency kit',
    description:
      'What `asterism ssh-emergency` needs beside recovery shares when this API is gone. Nothing in it is secret. Keep a copy ' +
      'elsewhere, and a new one after each rotation of the emergency authority.',
    response: { status: 200, description: 'the kit', schema: emergencyKitSchema },
    errors: ['sealed'],
  })
  readKit(@In() cluster: Cluster) {
    return this.#kits.read(cluster);
  }
}
