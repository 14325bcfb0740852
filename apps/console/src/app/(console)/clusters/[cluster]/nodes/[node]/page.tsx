import type { Metadata } from 'next';
import { NodeOverview } from '../../../../../../features/node/node.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string; readonly node: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { node } = await params;
  return { title: node };
}

export default async function NodePage({ params }: Props) {
  return <NodeOverview {...await params} />;
}
