import { CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '../class-names.ts';

const KINDS = {
  info: { icon: Info, style: 'border-info/35 bg-info-soft text-info' },
  ok: { icon: CircleCheck, style: 'border-ok/35 bg-ok-soft text-ok' },
  warn: { icon: TriangleAlert, style: 'border-warn/40 bg-warn-soft text-warn' },
  bad: { icon: CircleX, style: 'border-bad/40 bg-bad-soft text-bad' },
} as const;

interface NoticeProps {
  readonly kind: keyof typeof KINDS;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly className?: string;
}

/** One message. Bad ones interrupt a screen reader, others wait for it. */
export function Notice({ kind, title, children, action, className }: NoticeProps) {
  const { icon: Icon, style } = KINDS[kind];
  return (
    <div
      role={kind === 'bad' ? 'alert' : 'status'}
      className={cn(
        'flex gap-3 rounded-md border px-3.5 py-2.5',
        children === undefined ? 'items-center' : 'items-start',
        style,
        className,
      )}
    >
      <Icon className={cn('size-4 shrink-0', children !== undefined && 'mt-0.5')} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{title}</p>
        {children !== undefined && <div className="mt-0.5 break-words text-text">{children}</div>}
      </div>
      {action}
    </div>
  );
}
