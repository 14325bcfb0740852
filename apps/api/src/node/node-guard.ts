import { AttestedTlsError, connectionOf, type AttestedConnection } from '@asterism/attested-tls';
import { members, type Database } from '@asterism/persistence';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Attested, ConnectionStates } from '../attestation/connection-states.ts';
import type { DeclaredOperation } from '../contract/declared.ts';
import { ProblemError } from '../http/problem-error.ts';
import { rememberPeer } from './peer.ts';

export interface NodeGuardOptions {
  readonly database: Database;
  readonly states: ConnectionStates;
}

/** Requests at once on one connection: a stream, an answer, and some room. */
const IN_FLIGHT = 16;

/**
 * Who is on the other end, and may he: runs before a body is read, so that an unattested socket costs nothing beyond the
 * two routes that attest it.
 */
export class NodeGuard {
  readonly #with: NodeGuardOptions;
  readonly #inFlight = new WeakMap<AttestedConnection, number>();

  constructor(options: NodeGuardOptions) {
    this.#with = options;
  }

  /** @throws ProblemError `attestation-required`, `attestation-expired`, `node-*`, `rate-limited` */
  async admit(request: FastifyRequest, { access }: DeclaredOperation, reply: FastifyReply): Promise<void> {
    const connection = toConnection(request);
    this.#count(connection, reply);
    if (access.kind === 'connection') return rememberPeer(request, { connection });
    const attested = this.#requireAttested(connection);
    if (access.kind === 'attested') return rememberPeer(request, { connection, attested });
    if (access.kind !== 'member') throw new Error(`access ${access.kind} has no place on the node listener`);
    rememberPeer(request, { connection, attested, member: await this.#requireMember(attested) });
  }

  #count(connection: AttestedConnection, reply: FastifyReply): void {
    const requests = (this.#inFlight.get(connection) ?? 0) + 1;
    if (requests > IN_FLIGHT) {
      throw new ProblemError('rate-limited', 'too many requests at once on this connection', {
        retryAfter: 1,
      });
    }
    this.#inFlight.set(connection, requests);
    reply.raw.once('close', () => {
      this.#inFlight.set(connection, (this.#inFlight.get(connection) ?? 1) - 1);
    });
  }

  #requireAttested(connection: AttestedConnection): Attested {
    const attested = this.#with.states.attestedOf(connection);
    if (attested === undefined) {
      throw new ProblemError('attestation-required', 'prove this machine on this connection first');
    }
    if (attested.validUntil <= this.#with.database.clock()) {
      throw new ProblemError('attestation-expired', 'what this connection proved has expired: attest again');
    }
    return attested;
  }

  /** Read at each request: rights end with the commit that ends them, whatever this process has heard of it (S24). */
  async #requireMember({ target, identity, boot }: Attested): Promise<members.Member> {
    const member = await members.find(this.#with.database, target, { identity, boot });
    if (member === undefined) {
      throw new ProblemError('attestation-required', 'this machine is no node: enrol first');
    }
    if (member.state === 'revoked') throw new ProblemError('node-revoked', 'this node is revoked');
    if (member.state === 'quarantined')
      throw new ProblemError('node-quarantined', 'this node is quarantined');
    return member;
  }
}

function toConnection(request: FastifyRequest): AttestedConnection {
  try {
    return connectionOf(request.raw);
  } catch (cause) {
    if (!(cause instanceof AttestedTlsError)) throw cause;
    throw new ProblemError('attestation-required', 'the connection has closed', { cause });
  }
}
