import type { AccessPlan } from '@asterism/api-client';
import { Notice } from '../../components/ui/notice.tsx';

type Change = AccessPlan['changes'][number];

/** What would change, field by field, and what that would end. */
export function PlanView({ plan: { changes, endedGrants } }: { plan: AccessPlan }) {
  if (changes.length === 0) return <Notice className="mt-4" kind="info" title="Nothing would change" />;
  return (
    <section aria-label="What changes" className="mt-4 rounded-md border bg-canvas p-3 text-xs">
      {changes.map((change) => (
        <ChangeView key={`${change.subject} ${change.name}`} change={change} />
      ))}
      {endedGrants > 0 && (
        <p className="mt-2 font-medium text-bad">
          {endedGrants === 1 ? 'One grant ends' : `${endedGrants} grants end`}, and the sessions of it.
        </p>
      )}
    </section>
  );
}

const WORD = { add: 'is added', change: 'changes', remove: 'is removed' } as const;

function ChangeView({ change: { kind, subject, name, fields } }: { change: Change }) {
  return (
    <div className="mt-2 first:mt-0">
      <p className="font-medium">
        {subject} {name} {WORD[kind]}
      </p>
      <ul className="mt-1 font-mono">
        {fields.map(({ field, before, after }) => (
          <li key={field} className="break-all">
            {field}: {kind !== 'add' && <span className="text-bad line-through">{toText(before)}</span>}
            {kind === 'change' && ' → '}
            {kind !== 'remove' && <span className="text-ok">{toText(after)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toText).join(', ');
  return typeof value === 'string' ? value || '“”' : JSON.stringify(value);
}
