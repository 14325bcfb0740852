import type { Metadata } from 'next';
import { Verify } from '../../../../../../../features/verify/verify.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string; readonly node: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { node } = await params;
  return { title: `Verify ${node}` };
}

export default async function VerifyPage({ params }: Props) {
  return <Verify {...await params} />;
}
