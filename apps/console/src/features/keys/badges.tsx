import type { KekProvider, KeyMetadata, Rewrap } from '@asterism/api-client';
import { Badge, type Tone } from '../../components/ui/badge.tsx';

const KEY: Readonly<Record<KeyMetadata['state'], Tone>> = {
  active: 'ok',
  retired: 'neutral',
  destroyed: 'bad',
};

export function KeyStateBadge({ state }: Pick<KeyMetadata, 'state'>) {
  return <Badge tone={KEY[state]}>{state}</Badge>;
}

const PROVIDER: Readonly<Record<KekProvider['state'], Tone>> = {
  enabled: 'ok',
  disabled: 'bad',
  unknown: 'neutral',
  failing: 'warn',
};

export function ProviderStateBadge({ state, code }: Pick<KekProvider, 'state' | 'code'>) {
  return <Badge tone={PROVIDER[state]}>{code === null ? state : `${state}: ${code}`}</Badge>;
}

const REWRAP: Readonly<Record<Rewrap['state'], Tone>> = {
  running: 'info',
  waiting: 'warn',
  done: 'ok',
  cancelled: 'neutral',
};

export function RewrapStateBadge({ state, reason }: Pick<Rewrap, 'state' | 'reason'>) {
  return <Badge tone={REWRAP[state]}>{reason === null ? state : `${state}: ${reason}`}</Badge>;
}
