import { cva, type VariantProps } from 'class-variance-authority';
import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cn } from '../class-names.ts';

export const buttonStyle = cva(
  'inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:size-3.5 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        primary: 'border-transparent bg-accent text-on-accent hover:not-disabled:bg-accent-strong',
        secondary: 'border-line-strong bg-panel text-text hover:not-disabled:bg-hover',
        quiet: 'border-transparent text-muted hover:not-disabled:bg-hover hover:not-disabled:text-text',
        danger: 'border-bad/45 bg-panel text-bad hover:not-disabled:bg-bad-soft',
        destructive: 'border-transparent bg-bad-solid text-white hover:not-disabled:brightness-110',
      },
      size: { small: 'h-7 px-2 text-xs', normal: 'h-8 px-3 text-sm' },
    },
    defaultVariants: { variant: 'secondary', size: 'normal' },
  },
);

interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof buttonStyle> {
  /** Shows that work is under way and takes no second click. */
  readonly busy?: boolean;
}

export function Button({
  className,
  variant,
  size,
  busy = false,
  disabled,
  children,
  ...props
}: ButtonProps) {
  return (
    <button
      type="button"
      className={cn(buttonStyle({ variant, size }), className)}
      disabled={disabled === true || busy}
      aria-busy={busy}
      {...props}
    >
      {busy && <LoaderCircle className="animate-spin" aria-hidden />}
      {children}
    </button>
  );
}
