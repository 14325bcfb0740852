'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { cn } from '../class-names.ts';

interface CopyableProps {
  readonly value: string;
  /** What it is, for the button's name. */
  readonly label: string;
  /** Characters to show at each end; absent: all of it. */
  readonly ends?: number;
  readonly className?: string;
}

/** An id, digest or fingerprint in full or by its ends, and a button that copies all of it. */
export function Copyable({ value, label, ends, className }: CopyableProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const shown =
    ends === undefined || value.length <= 2 * ends + 1
      ? value
      : `${value.slice(0, ends)}…${value.slice(-ends)}`;
  const Icon = copied ? Check : Copy;
  return (
    <span className={cn('inline-flex max-w-full items-start gap-1', className)}>
      <code className="min-w-0 font-mono text-xs leading-5 break-all" title={value}>
        {shown}
      </code>
      <button
        type="button"
        className="rounded-sm p-1 text-faint hover:bg-hover hover:text-text"
        aria-label={copied ? `${label} copied` : `Copy ${label}`}
        onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(true))}
      >
        <Icon className={cn('size-3', copied && 'text-ok')} aria-hidden />
      </button>
    </span>
  );
}
