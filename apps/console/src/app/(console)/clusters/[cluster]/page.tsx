import type { Metadata } from 'next';
import { ClusterOverview } from '../../../../features/cluster/cluster.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { cluster } = await params;
  return { title: cluster };
}

export default async function ClusterPage({ params }: Props) {
  return <ClusterOverview {...await params} />;
}
