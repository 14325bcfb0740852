'use client';

import { useQuery } from '@tanstack/react-query';
import {
  Boxes,
  ClipboardCheck,
  KeyRound,
  LayoutGrid,
  LifeBuoy,
  LockKeyhole,
  ScrollText,
  type LucideIcon,
  SquareTerminal,
} from 'lucide-react';
import Link from 'next/link';
import { useParams, usePathname } from 'next/navigation';
import { may, mayAnywhere } from '../../data/permissions.ts';
import { enrolmentsQuery, sessionQuery } from '../../data/queries.ts';
import { cn } from '../class-names.ts';
import { Logo } from './logo.tsx';

export function Navigation() {
  const { cluster } = useParams<{ cluster?: string }>();
  const { data: session } = useQuery(sessionQuery);
  return (
    <nav aria-label="Main" className="flex gap-1 md:flex-col">
      <Link
        href="/clusters"
        className="mr-2 flex h-12 items-center gap-2 px-2.5 text-base font-semibold md:mb-1"
      >
        <Logo />
        <span className="max-sm:sr-only">Asterism</span>
      </Link>
      <Entry href="/clusters" icon={Boxes} label="Clusters" exact />
      {cluster !== undefined && <ClusterEntries cluster={cluster} />}
      {may(session, 'recovery.read') && <Entry href="/recovery" icon={LifeBuoy} label="Recovery" />}
      {may(session, 'seal.read') && <Entry href="/seal" icon={LockKeyhole} label="Seal" />}
      {mayAnywhere(session, 'audit.read') && <Entry href="/audit" icon={ScrollText} label="Audit" />}
    </nav>
  );
}

function ClusterEntries({ cluster }: { cluster: string }) {
  const { data: waiting } = useQuery(enrolmentsQuery(cluster, 'waiting'));
  const undecided = waiting?.filter(({ waitReason }) => waitReason === 'approval').length ?? 0;
  return (
    <div className="flex gap-1 md:mb-1 md:ml-4 md:flex-col md:border-l md:pl-2">
      <p className="truncate px-2.5 pt-1 font-mono text-xs text-muted max-md:hidden">{cluster}</p>
      <Entry href={`/clusters/${cluster}`} icon={LayoutGrid} label="Overview" exact />
      <Entry
        href={`/clusters/${cluster}/enrolments`}
        icon={ClipboardCheck}
        label="Enrolments"
        count={undecided}
      />
      <Entry href={`/clusters/${cluster}/access`} icon={SquareTerminal} label="Access" />
      <Entry href={`/clusters/${cluster}/keys`} icon={KeyRound} label="Keys" />
    </div>
  );
}

interface EntryProps {
  readonly href: string;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly exact?: boolean;
  /** Things that wait for a decision. */
  readonly count?: number;
}

function Entry({ href, icon: Icon, label, exact = false, count = 0 }: EntryProps) {
  const path = usePathname();
  const here = exact ? path === href : path === href || path.startsWith(`${href}/`);
  return (
    <Link
      href={href}
      aria-current={here ? 'page' : undefined}
      className={cn(
        'flex h-8 items-center gap-2 rounded-md px-2.5 font-medium',
        here ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-hover hover:text-text',
      )}
    >
      <Icon className="size-4 shrink-0" aria-hidden />
      <span className="max-sm:sr-only">{label}</span>
      {count > 0 && (
        <span className="ml-auto rounded-full bg-warn-soft px-1.5 text-xs font-semibold text-warn">
          {count}
          <span className="sr-only"> waiting for approval</span>
        </span>
      )}
    </Link>
  );
}
