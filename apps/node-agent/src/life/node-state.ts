/** States of a node as its agent sees them, architecture "A node's life". */
export const AGENT_STATES = [
  'booted',
  'attesting',
  'waiting',
  'refused',
  'locked',
  'disk-open',
  'member',
  'quarantined',
  'revoked',
] as const;
export type AgentState = (typeof AGENT_STATES)[number];

const STANDING = ['locked', 'disk-open', 'member', 'quarantined', 'revoked'] as const;

/**
 * The drawn arrows (S35). An agent that is started again on a boot that is locked passes from `attesting` to where it
 * was. Only a reboot leads back: a new process that begins at `booted`.
 */
const AGENT_TRANSITIONS: Readonly<Record<AgentState, readonly AgentState[]>> = {
  booted: ['attesting'],
  attesting: ['waiting', 'refused', ...STANDING],
  waiting: ['refused', ...STANDING],
  refused: ['waiting', ...STANDING],
  locked: ['disk-open', 'quarantined', 'revoked'],
  'disk-open': ['member', 'quarantined', 'revoked'],
  member: ['quarantined', 'revoked'],
  quarantined: ['waiting', 'refused', 'locked', 'disk-open', 'member', 'revoked'],
  revoked: [],
};

/** Whether the arrow is drawn; staying is always allowed. */
export function mayBecome(from: AgentState, to: AgentState): boolean {
  return from === to || AGENT_TRANSITIONS[from].includes(to);
}
