'use client';

import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '../class-names.ts';

interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
  readonly wide?: boolean;
  /** False while something is shown that would be lost: only the dialog's own buttons close it. */
  readonly dismissable?: boolean;
}

export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, description, children, wide = false, dismissable = true } = props;
  return (
    <Radix.Root open={open} onOpenChange={(next) => dismissable && onOpenChange(next)}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45 data-[state=open]:animate-in data-[state=open]:fade-in-0" />
        <Radix.Content
          className={cn(
            'fixed top-[12vh] left-1/2 z-50 flex max-h-[78vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col rounded-lg border border-line-strong bg-raised shadow-xl',
            'data-[state=open]:animate-in data-[state=open]:fade-in-0',
            wide ? 'max-w-3xl' : 'max-w-lg',
          )}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <header className="border-b px-5 py-3.5">
            <Radix.Title className="pr-8 text-base font-semibold">{title}</Radix.Title>
            {description !== undefined && (
              <Radix.Description asChild>
                <div className="mt-0.5 text-muted">{description}</div>
              </Radix.Description>
            )}
          </header>
          <div className="overflow-y-auto px-5 py-4">{children}</div>
          {dismissable && (
            <Radix.Close
              className="absolute top-3.5 right-4 rounded-sm p-1 text-muted hover:bg-hover hover:text-text"
              aria-label="Close"
            >
              <X className="size-4" aria-hidden />
            </Radix.Close>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The buttons at the end of a dialog's form. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex justify-end gap-2">{children}</div>;
}
