import type { Metadata } from 'next';
import { PoolOverview } from '../../../../../../features/policies/pool.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string; readonly pool: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { pool } = await params;
  return { title: pool };
}

export default async function PoolPage({ params }: Props) {
  return <PoolOverview {...await params} />;
}
