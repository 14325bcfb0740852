'use client';

import { LogIn } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonStyle } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { useSignedOut } from './providers.tsx';

/** Takes the place of a page whose session is over, so that nothing stale is acted upon. */
export function WhileSignedIn({ children }: { children: ReactNode }) {
  if (!useSignedOut()) return children;
  return (
    <div className="mx-auto mt-16 max-w-lg rounded-lg border bg-panel" role="alert">
      <Empty
        icon={LogIn}
        title="You are signed out"
        action={
          <a href="/sign-in" className={buttonStyle({ variant: 'primary' })}>
            Sign in
          </a>
        }
      >
        The session has ended or was revoked. Nothing on this page was changed since.
      </Empty>
    </div>
  );
}
