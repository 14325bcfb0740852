import type { ReactNode } from 'react';
import { cn } from '../class-names.ts';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'neutral';

const TONE: Readonly<Record<Tone, string>> = {
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
  neutral: 'bg-hover text-muted',
};

/** A word with a colour; the word alone says everything. */
export function Badge({
  tone,
  children,
  className,
}: {
  tone: Tone;
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={cn(
        'inline-flex h-5 items-center gap-1 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3',
        TONE[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}
