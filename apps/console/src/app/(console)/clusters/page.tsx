import type { Metadata } from 'next';
import { Clusters } from '../../../features/clusters/clusters.tsx';

export const metadata: Metadata = { title: 'Clusters' };

export default function ClustersPage() {
  return <Clusters />;
}
