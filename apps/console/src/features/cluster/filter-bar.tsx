'use client';

import { NODE_STATES, type NodeState } from '@asterism/contracts';

export interface NodeFilter {
  readonly text: string;
  readonly state: NodeState | 'any';
}

export const ALL: NodeFilter = { text: '', state: 'any' };

const CONTROL = 'h-7 rounded-md border border-line-strong bg-canvas px-2 text-xs';

interface FilterBarProps {
  readonly filter: NodeFilter;
  readonly onChange: (filter: NodeFilter) => void;
}

export function FilterBar({ filter, onChange }: FilterBarProps) {
  return (
    <>
      <input
        type="search"
        aria-label="Nodes whose name has"
        placeholder="Name"
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.target.value.trim() })}
        className={`${CONTROL} w-40`}
      />
      <select
        aria-label="Nodes in state"
        value={filter.state}
        onChange={(event) =>
          onChange({ ...filter, state: NODE_STATES.find((state) => state === event.target.value) ?? 'any' })
        }
        className={CONTROL}
      >
        <option value="any">Any state</option>
        {NODE_STATES.map((state) => (
          <option key={state}>{state}</option>
        ))}
      </select>
    </>
  );
}
