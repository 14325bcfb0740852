import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';

interface Crumb {
  readonly label: string;
  readonly href: string;
}

interface PageProps {
  readonly title: ReactNode;
  /** Of the page's way down from the top, without itself. */
  readonly crumbs?: readonly Crumb[];
  /** Under the title. */
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, crumbs = [], subtitle, actions, children }: PageProps) {
  return (
    <>
      <div className="mb-5">
        {crumbs.length > 0 && (
          <nav aria-label="Where you are" className="mb-1.5">
            <ol className="flex items-center gap-1 text-xs text-muted">
              {crumbs.map(({ label, href }, at) => (
                <li key={href} className="flex items-center gap-1">
                  {at > 0 && <ChevronRight className="size-3 text-faint" aria-hidden />}
                  <Link href={href} className="rounded-sm hover:text-text hover:underline">
                    {label}
                  </Link>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <div className="min-w-0">
            <h1 className="text-lg leading-7 font-semibold">{title}</h1>
            {subtitle !== undefined && <div className="text-muted">{subtitle}</div>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
      </div>
      <div className="flex flex-col gap-5">{children}</div>
    </>
  );
}
