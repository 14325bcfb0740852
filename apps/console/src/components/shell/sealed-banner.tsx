'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { healthQuery } from '../../data/recovery-queries.ts';
import { buttonStyle } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** On every page while the API has no keys. */
export function SealedBanner() {
  const { data: health } = useQuery(healthQuery);
  const { data: session } = useQuery(sessionQuery);
  if (health?.status !== 'sealed') return null;
  return (
    <Notice
      kind="bad"
      className="mb-5"
      title="The API is sealed"
      action={
        may(session, 'recovery.read') && (
          <Link href="/recovery" className={buttonStyle({ size: 'small' })}>
            Recovery
          </Link>
        )
      }
    >
      Its seal does not open: no machine can join, and nobody gets a key. It tries again by itself, or
      recovery shares open it. What you see stays as it was.
    </Notice>
  );
}
