import type { Metadata } from 'next';
import { ClusterKeysPage } from '../../../../../features/keys/cluster-keys.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { cluster } = await params;
  return { title: `Keys · ${cluster}` };
}

export default async function KeysPage({ params }: Props) {
  return <ClusterKeysPage {...await params} />;
}
