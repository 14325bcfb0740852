'use client';

import { QueryCache, QueryClient, QueryClientProvider, MutationCache } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { createContext, use, useState, type ReactNode } from 'react';
import { ProblemAnswer } from '../../data/problem.ts';

const SignedOut = createContext(false);

/** Whether an answer has said that the session is over. */
export function useSignedOut(): boolean {
  return use(SignedOut);
}

const MAX_RETRIES = 2;

/** @param nonce of this document: the dialogs' scroll lock adds a style element, which the policy allows only with it */
export function Providers({ nonce, children }: { nonce: string; children: ReactNode }) {
  const [signedOut, setSignedOut] = useState(false);
  const [queryClient] = useState(() => {
    if (typeof document !== 'undefined') setNonce(nonce);
    return createQueryClient(() => setSignedOut(true));
  });
  return (
    <QueryClientProvider client={queryClient}>
      <SignedOut value={signedOut}>{children}</SignedOut>
    </QueryClientProvider>
  );
}

function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ProblemAnswer && error.signedOut) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < MAX_RETRIES && error instanceof ProblemAnswer && error.passing,
        retryDelay: (attempt) => 400 * 2 ** attempt,
      },
    },
  });
}
