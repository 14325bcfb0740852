import { cn } from '../class-names.ts';

/** An asterism: stars that somebody drew a line between. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={cn('size-5 text-accent', className)} aria-hidden focusable="false">
      <path
        d="M4 17.5 9.5 6l5 7.5L20 5.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
        opacity="0.55"
      />
      <g fill="currentColor">
        <circle cx="4" cy="17.5" r="2.1" />
        <circle cx="9.5" cy="6" r="2.6" />
        <circle cx="14.5" cy="13.5" r="1.9" />
        <circle cx="20" cy="5.5" r="2.3" />
      </g>
    </svg>
  );
}
