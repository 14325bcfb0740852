import type { AccessPolicy, CreateSshGrant, NodeState } from '@asterism/contracts';
import type { accessUsers } from '@asterism/persistence';
import { requireSourceAddresses, SshError } from '@asterism/ssh';
import { ProblemError } from '../http/problem-error.ts';

/** The node that a request names. */
export interface WantedNode {
  readonly id: string;
  readonly pool: string;
  readonly state: NodeState;
}

export interface RequestContext {
  /** Whose key it is; undefined: nobody's. */
  readonly declared: accessUsers.DeclaredUser | undefined;
  readonly keyIsRevoked: boolean;
  readonly policy: AccessPolicy;
  /** Null: the request names none. */
  readonly node: WantedNode | null;
  /** Every pool of the cluster. */
  readonly pools: readonly string[];
  readonly now: Date;
}

export interface JudgedRequest {
  readonly user: string;
  readonly state: 'waiting' | 'active';
  /** Where it is good for, unless it is for one node. */
  readonly pools: readonly string[];
  /** How long it lasts from when it begins. */
  readonly seconds: number;
  /** Of the grant; of the request, while it waits. */
  readonly expiresAt: Date;
}

/** Seconds that a request waits for a second person. */
const WAITS_S = 3_600;
/** OpenSSH takes 256 principals, and the bare account is one of them. */
const MOST_POOLS = 255;

/**
 * Whether a request is within what is declared for the owner of its key, and what it becomes.
 * @throws ProblemError that says what is wanted, and nothing of what others may (S33)
 */
export function judgeRequest(request: CreateSshGrant, context: RequestContext): JudgedRequest {
  const { policy, node, now } = context;
  const user = requireUser(context);
  if (!user.principals.includes(request.principal)) {
    throw new ProblemError(
      'ssh-principal-not-allowed',
      `${user.name} may not log in as ${request.principal}`,
    );
  }
  const pools =
    user.pools === 'all' ? context.pools : context.pools.filter((pool) => user.pools.includes(pool));
  if (node !== null && (node.state === 'revoked' || !pools.includes(node.pool))) {
    throw new ProblemError('ssh-node-not-allowed', `${user.name} may not log in to this node`);
  }
  if (pools.length === 0) throw new ProblemError('ssh-node-not-allowed', `there is no pool for ${user.name}`);
  if (node === null && pools.length > MOST_POOLS) {
    throw new ProblemError(
      'ssh-request-refused',
      `name a node: a certificate names ${MOST_POOLS} pools at most`,
    );
  }
  const seconds = request.seconds ?? Math.min(policy.certificateSeconds.default, policy.grantSeconds);
  requireRules(request, seconds, policy);
  const state = policy.approval.includes(request.principal) ? 'waiting' : 'active';
  const expiresAt = endOfGrant(now, state === 'waiting' ? WAITS_S : seconds, user.expiresAt);
  return { user: user.name, state, pools: node === null ? pools : [], seconds, expiresAt };
}

/** After so many seconds, and never after the user's own time. */
export function endOfGrant(from: Date, seconds: number, userExpiresAt: string | null): Date {
  const end = from.getTime() + seconds * 1_000;
  return new Date(userExpiresAt === null ? end : Math.min(end, Date.parse(userExpiresAt)));
}

function requireUser({ declared, keyIsRevoked, now }: RequestContext) {
  if (declared === undefined) {
    throw new ProblemError('ssh-key-not-declared', 'nobody is declared with this key in this cluster');
  }
  if (keyIsRevoked) throw new ProblemError('ssh-key-revoked', 'this key is revoked');
  const { user, expired } = declared;
  if (expired || (user.expiresAt !== null && Date.parse(user.expiresAt) <= now.getTime())) {
    throw new ProblemError('access-user-expired', `the time of ${user.name} is over`);
  }
  return user;
}

function requireRules(
  { reason, sourceAddresses }: CreateSshGrant,
  seconds: number,
  policy: AccessPolicy,
): void {
  const refuse = (detail: string) => new ProblemError('ssh-request-refused', detail);
  if (policy.reason === 'required' && reason.trim() === '') throw refuse('a reason is required');
  if (policy.sourceAddresses === 'required' && sourceAddresses.length === 0) {
    throw refuse('an address to come from is required');
  }
  try {
    requireSourceAddresses(sourceAddresses);
  } catch (cause) {
    if (!(cause instanceof SshError)) throw cause;
    throw refuse(cause.message);
  }
  if (seconds > policy.grantSeconds) {
    throw refuse(`a grant lasts ${policy.grantSeconds} s at most, ${seconds} s were asked for`);
  }
}
