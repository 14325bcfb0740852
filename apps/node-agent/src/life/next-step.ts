import type { NodeState } from '@asterism/contracts';
import type { BootStep } from '../state/node-record.ts';

/** What decides the next step of a boot. */
export interface BootFacts {
  /** PCR 15 was extended. Into what, the API has compared: it attests no boot that is locked into anything else. */
  readonly locked: boolean;
  /** What this boot has done here, by the record in the state directory; null where it says nothing of this boot. */
  readonly done: BootStep | null;
  /** A ticket is in memory: its key can be used. */
  readonly ticket: boolean;
  /** What the API knows that this boot has done. */
  readonly acknowledged: Acknowledged;
  /** Why the state disk cannot be opened with the ticket's key, or keeps a key it should not; null where all went well. */
  readonly diskFault: string | null;
}

export type Acknowledged = 'nothing' | 'locked' | 'disk-open' | 'member';

export type NextStep =
  | { readonly kind: 'enrol' | 'lock' | 'report-lock' | 'open-disk' | 'report-disk-open' | 'report-member' }
  /** Stay connected. `blocked` says why this boot cannot become a member. */
  | { readonly kind: 'hold'; readonly blocked: string | null };

const NEEDS_REBOOT = 'needs reboot';

const RANK: Readonly<Record<Acknowledged, number>> = { nothing: 0, locked: 1, 'disk-open': 2, member: 3 };

/**
 * The lock comes before any use of the ticket's key, and after it no boot secrets are given out: an agent that was
 * killed in between has lost the key until the machine reboots.
 */
export function nextStep({ locked, done, ticket, acknowledged, diskFault }: BootFacts): NextStep {
  const knows = (step: Acknowledged) => RANK[acknowledged] >= RANK[step];
  if (!locked) return { kind: ticket ? 'lock' : 'enrol' };
  if (!knows('locked')) return { kind: 'report-lock' };
  if (done !== 'disk-open' && done !== 'member') {
    if (diskFault !== null) return { kind: 'hold', blocked: diskFault };
    if (ticket) return { kind: 'open-disk' };
    return {
      kind: 'hold',
      blocked: `${NEEDS_REBOOT}: the machine is locked, its state disk is not open, and a locked boot gets no key again`,
    };
  }
  if (!knows('disk-open')) return { kind: 'report-disk-open' };
  if (diskFault !== null) return { kind: 'hold', blocked: diskFault };
  // Also where only our own record lacks it: the process was killed between the API's answer and the record.
  if (!knows('member') || done !== 'member') return { kind: 'report-member' };
  return { kind: 'hold', blocked: null };
}

/**
 * What the API's state of a node says about this boot. Of a `lost` node it does not say how far it was: then our own
 * record counts, and what is not sure is reported again, which does nothing twice.
 */
export function acknowledgedBy(state: NodeState | null, done: BootStep | null): Acknowledged {
  if (state === 'locked' || state === 'disk-open' || state === 'member') return state;
  return state === 'lost' && done === 'member' ? 'member' : 'nothing';
}
