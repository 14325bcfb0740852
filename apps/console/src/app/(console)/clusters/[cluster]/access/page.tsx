import type { Metadata } from 'next';
import { ClusterAccessPage } from '../../../../../features/access/cluster-access.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { cluster } = await params;
  return { title: `Access · ${cluster}` };
}

export default async function AccessPage({ params }: Props) {
  return <ClusterAccessPage {...await params} />;
}
