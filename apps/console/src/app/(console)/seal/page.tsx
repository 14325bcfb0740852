import type { Metadata } from 'next';
import { SealOverview } from '../../../features/seal/seal.tsx';

export const metadata: Metadata = { title: 'Seal' };

export default function SealPage() {
  return <SealOverview />;
}
