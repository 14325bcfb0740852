import type { NodeAccess, SshAuthority, SshGrant } from '@asterism/api-client';
import { Badge, type Tone } from '../../components/ui/badge.tsx';

const GRANT: Readonly<Record<SshGrant['state'], Tone>> = {
  waiting: 'warn',
  active: 'ok',
  denied: 'bad',
  ended: 'neutral',
  expired: 'neutral',
};

export function GrantStateBadge({ state }: Pick<SshGrant, 'state'>) {
  return <Badge tone={GRANT[state]}>{state}</Badge>;
}

const NODE: Readonly<Record<NodeAccess['state'], { readonly tone: Tone; readonly word: string }>> = {
  'in-force': { tone: 'ok', word: 'in force' },
  behind: { tone: 'warn', word: 'behind' },
  faulty: { tone: 'bad', word: 'faulty' },
  away: { tone: 'warn', word: 'away' },
  none: { tone: 'neutral', word: 'no sshd of ours' },
};

export function NodeAccessBadge({ state }: Pick<NodeAccess, 'state'>) {
  return <Badge tone={NODE[state].tone}>{NODE[state].word}</Badge>;
}

const AUTHORITY: Readonly<Record<SshAuthority['state'], Tone>> = {
  coming: 'info',
  signing: 'ok',
  retiring: 'warn',
  retired: 'neutral',
  revoked: 'bad',
};

export function AuthorityStateBadge({ state }: Pick<SshAuthority, 'state'>) {
  return <Badge tone={AUTHORITY[state]}>{state}</Badge>;
}
