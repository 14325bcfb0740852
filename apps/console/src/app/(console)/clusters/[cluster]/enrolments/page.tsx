import type { Metadata } from 'next';
import { Enrolments } from '../../../../../features/enrolments/enrolments.tsx';

interface Props {
  readonly params: Promise<{ readonly cluster: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { cluster } = await params;
  return { title: `Enrolments of ${cluster}` };
}

export default async function EnrolmentsPage({ params }: Props) {
  return <Enrolments {...await params} />;
}
