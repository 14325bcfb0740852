import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AttestedConnection } from '@asterism/attested-tls';
import type { members } from '@asterism/persistence';
import type { FastifyRequest } from 'fastify';
import type { Attested } from '../attestation/connection-states.ts';
import { ProblemError } from '../http/problem-error.ts';

/** Who is on the other end of a request's socket, as far as the route's access asked. */
export interface Peer {
  readonly connection: AttestedConnection;
  readonly attested?: Attested;
  readonly member?: members.Member;
}

/** A machine that was accepted on its socket. */
export interface AttestedPeer extends Peer {
  readonly attested: Attested;
}

/** One whose node exists and may act. */
export interface MemberPeer extends AttestedPeer {
  readonly member: members.Member;
}

const peers = new WeakMap<object, Peer>();

/** Called by the guard alone. */
export function rememberPeer(request: FastifyRequest, peer: Peer): void {
  peers.set(request.raw, peer);
}

/** What the guard found; a handler takes the type that its access guarantees. */
export const From = createParamDecorator((_: unknown, context: ExecutionContext): Peer => {
  const peer = peers.get(context.switchToHttp().getRequest<FastifyRequest>().raw);
  if (peer === undefined) throw new Error('the guard has not seen this request');
  return peer;
}) as () => ParameterDecorator;

/** S20: an unlocked machine gets no member rights. @throws ProblemError `node-not-locked` */
export function requireLocked({ attested }: AttestedPeer): void {
  if (attested.lock === 'locked') return;
  throw new ProblemError('node-not-locked', 'report the lock first: this connection was appraised before it');
}

/** S20: nor does one that has not come all the way since its boot, or since it was released. @throws ProblemError `node-state-conflict` */
export function requireMember({ member }: MemberPeer): void {
  if (member.state === 'member') return;
  throw new ProblemError('node-state-conflict', `this node is ${member.state}, and not a member yet`);
}

/** What was accepted under another policy says nothing under this one. @throws ProblemError `attestation-expired` */
export function requireActivePolicy({ attested, member }: MemberPeer): void {
  if (attested.policyVersion === member.activePolicyVersion) return;
  throw new ProblemError('attestation-expired', 'the policy of the pool has changed: attest again');
}
