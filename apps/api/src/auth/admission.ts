import { GLOBAL_PERMISSIONS, idOrNameSchema, type Cluster } from '@asterism/contracts';
import { clusters, tokens } from '@asterism/persistence';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../contract/access.ts';
import type { DeclaredOperation } from '../contract/declared.ts';
import { ProblemError } from '../http/problem-error.ts';
import { traceIdOf } from '../http/request-trace.ts';
import type { Platform } from '../platform/platform.ts';
import { readBearer } from './bearer.ts';
import { rememberCaller } from './caller.ts';
import { holdsAnywhere, holdsFor, holdsGlobally, maySee, type Principal } from './principal.ts';
import { RateLimit, type RateLimits } from './rate-limit.ts';
import { hashSecret } from './secrets.ts';
import { StreamLimit } from './stream-limit.ts';

type PermissionAccess = Extract<Access, { kind: 'permission' }>;

/** The operator listener's door: who calls, and whether he may (S28). What is not granted is refused. */
export class Admission {
  readonly #platform: Platform;
  readonly #addresses: RateLimit;
  readonly #principals: RateLimit;
  readonly #streams = new StreamLimit();

  constructor(platform: Platform, limits: RateLimits) {
    this.#platform = platform;
    this.#addresses = new RateLimit(limits.address);
    this.#principals = new RateLimit(limits.principal);
  }

  async admit(
    request: FastifyRequest,
    { access, path, options }: DeclaredOperation,
    reply: FastifyReply,
  ): Promise<void> {
    const now = performance.now();
    this.#addresses.take(request.ip, now);
    switch (access.kind) {
      case 'public':
        return;
      case 'sign-in-code':
        // The handler takes the code out of the database, which is its check.
        readBearer(request);
        return;
      case 'permission': {
        const principal = await this.#identify(request);
        this.#principals.take(principal.id, now);
        const cluster = path.includes('{cluster}') ? await this.#findCluster(request, principal) : undefined;
        requirePermission(principal, access, cluster);
        if (options.response.mediaType === 'text/event-stream') {
          reply.raw.once('close', this.#streams.enter(principal.id));
        }
        rememberCaller(request, { principal, traceId: traceIdOf(request) }, cluster);
        return;
      }
      default:
        throw new Error(`access ${access.kind} belongs to the node listener`);
    }
  }

  async #identify(request: FastifyRequest): Promise<Principal> {
    const { database, clock, logger } = this.#platform;
    const hash = await hashSecret(readBearer(request));
    const token = await tokens.findBySecretHash(database.queries, hash);
    const now = clock();
    if (token === undefined || token.revokedAt !== null) {
      throw new ProblemError('credentials-invalid', 'the token is unknown or revoked');
    }
    const expiresAt = new Date(token.expiresAt);
    if (expiresAt <= now) throw new ProblemError('credentials-expired', 'the token has expired');
    tokens.touch(database.queries, token.id, now).catch((error: unknown) => {
      logger.warn({ err: error }, 'cannot note the use of a token');
    });
    const { id, kind, name, bindings } = token;
    return { id, kind, name, bindings, expiresAt, actor: `token:${id}` };
  }

  /** S33: a cluster that the caller may not see answers as one that does not exist. */
  async #findCluster(request: FastifyRequest, principal: Principal): Promise<Cluster> {
    const { cluster: idOrName } = request.params as { readonly cluster: string };
    const cluster = idOrNameSchema.safeParse(idOrName).success
      ? await clusters.find(this.#platform.database.queries, idOrName)
      : undefined;
    if (cluster === undefined || !maySee(principal, cluster.id)) {
      throw new ProblemError('cluster-unknown', 'no such cluster');
    }
    return cluster;
  }
}

function requirePermission(
  principal: Principal,
  { permission, globally }: PermissionAccess,
  cluster: Cluster | undefined,
): void {
  const everywhere = globally || GLOBAL_PERMISSIONS.has(permission);
  const held = everywhere
    ? holdsGlobally(principal, permission)
    : cluster === undefined
      ? holdsAnywhere(principal, permission)
      : holdsFor(principal, permission, cluster.id);
  if (!held) {
    throw new ProblemError('permission-denied', `needs ${permission}${everywhere ? ' over everything' : ''}`);
  }
}
