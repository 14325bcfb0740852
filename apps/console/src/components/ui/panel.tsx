import type { ReactNode } from 'react';
import { useId } from 'react';
import { cn } from '../class-names.ts';

interface PanelProps {
  readonly title: string;
  /** Beside the title: a count, a state. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Without inner space: for tables. */
  readonly flush?: boolean;
  readonly className?: string;
}

export function Panel({ title, note, actions, children, flush = false, className }: PanelProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cn('rounded-lg border bg-panel', className)}>
      <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b px-4 py-1.5">
        <div className="flex items-baseline gap-2.5">
          <h2 id={id} className="text-base font-semibold">
            {title}
          </h2>
          {note !== undefined && <span className="text-xs text-muted">{note}</span>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}
