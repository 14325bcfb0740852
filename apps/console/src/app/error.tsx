'use client';

import { ProblemNotice } from '../components/ui/problem-notice.tsx';

/** A fault of the page itself; what the API says is shown where it was asked for. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <main className="mx-auto mt-24 max-w-lg px-4">
      <ProblemNotice error={error} title="This page has a fault" retry={reset} />
    </main>
  );
}
