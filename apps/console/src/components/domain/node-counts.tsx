import { NODE_STATES } from '@asterism/contracts';
import { NodeStateBadge } from './states.tsx';

/** How many nodes are in each state, in the order of a node's life; states without nodes are left out. */
export function NodeCounts({ counts }: { counts: Readonly<Record<string, number>> }) {
  const present = NODE_STATES.filter((state) => (counts[state] ?? 0) > 0);
  if (present.length === 0) return <span className="text-faint">none yet</span>;
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {present.map((state) => (
        <li key={state} className="inline-flex items-center gap-1.5">
          <span className="font-semibold tabular-nums">{counts[state]}</span>
          <NodeStateBadge state={state} />
        </li>
      ))}
    </ul>
  );
}
