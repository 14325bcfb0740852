import { keyPurposeSchema } from '@asterism/contracts';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { KeyOverview } from '../../../../../../../features/keys/key.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string; readonly purpose: string; readonly key: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { key } = await params;
  return { title: key };
}

export default async function KeyPage({ params }: Props) {
  const { cluster, purpose: text, key } = await params;
  const purpose = keyPurposeSchema.safeParse(text);
  if (!purpose.success) notFound();
  return <KeyOverview cluster={cluster} purpose={purpose.data} id={key} />;
}
