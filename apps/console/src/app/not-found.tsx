import { Telescope } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { buttonStyle } from '../components/ui/button.tsx';
import { Empty } from '../components/ui/empty.tsx';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <main className="mx-auto mt-24 max-w-lg rounded-lg border bg-panel">
      <Empty
        icon={Telescope}
        title="There is no such page"
        action={
          <Link href="/clusters" className={buttonStyle({ variant: 'primary' })}>
            To the clusters
          </Link>
        }
      />
    </main>
  );
}
