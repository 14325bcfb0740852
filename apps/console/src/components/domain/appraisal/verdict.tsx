import type { Claim } from '@asterism/contracts';
import { Asterisk, Check, CircleHelp, TriangleAlert, X } from 'lucide-react';
import { Badge, type Tone } from '../../ui/badge.tsx';

const VERDICTS = {
  match: ['ok', Check, 'match'],
  mismatch: ['bad', X, 'differs'],
  warning: ['warn', TriangleAlert, 'differs, only warned'],
  any: ['neutral', Asterisk, 'any accepted'],
  undecided: ['warn', CircleHelp, 'undecided'],
} as const satisfies Record<Claim['verdict'], readonly [Tone, typeof Check, string]>;

export function VerdictBadge({ verdict }: { verdict: Claim['verdict'] }) {
  const [tone, Icon, word] = VERDICTS[verdict];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {word}
    </Badge>
  );
}
