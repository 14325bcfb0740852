import { cn } from '../class-names.ts';

/** Keeps the place of what is still loading. */
function Skeleton({ className }: { className?: string }) {
  return <span className={cn('block animate-pulse rounded-sm bg-line/70', className)} />;
}

export function SkeletonRows({ rows = 4, label }: { rows?: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className="h-4 w-full" />
      ))}
    </div>
  );
}
