import type { Metadata } from 'next';
import { Recovery } from '../../../features/recovery/recovery.tsx';

export const metadata: Metadata = { title: 'Recovery' };

export default function RecoveryPage() {
  return <Recovery />;
}
