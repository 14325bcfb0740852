'use client';

import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { readSession } from '@asterism/api-client';
import { Logo } from '../../components/shell/logo.tsx';
import { Button } from '../../components/ui/button.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { client } from '../../data/client.ts';
import { ProblemAnswer } from '../../data/problem.ts';
import { signIn, toSignInCode } from '../../data/session.ts';
import { toFailure, type SignInFailure } from './failure.ts';

const AFTER_SIGN_IN = '/clusters';

/** The code came in the URL's fragment, which browsers send to nobody; it leaves the history before it is used. */
function takeCode(): string | null {
  const { hash, pathname } = window.location;
  const code = new URLSearchParams(hash.slice(1)).get('code');
  if (hash !== '') window.history.replaceState(null, '', pathname);
  return code;
}

export function SignIn() {
  const [state, setState] = useState<'starting' | 'waiting' | 'working'>('starting');
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  const started = useRef(false);

  async function exchange(code: string): Promise<void> {
    setState('working');
    setFailure(null);
    try {
      await signIn(code);
      window.location.replace(AFTER_SIGN_IN);
    } catch (error) {
      setFailure(toFailure(error instanceof ProblemAnswer ? error : null));
      setState('waiting');
    }
  }

  useEffect(() => {
    // The code works once: not twice where React mounts twice.
    if (started.current) return;
    started.current = true;
    const code = takeCode();
    if (code !== null) {
      void exchange(code);
      return;
    }
    // A link from another site arrives without the strict cookie: whoever is signed in is let through.
    void readSession({ client }).then(({ response }) => {
      if (response?.ok === true) window.location.replace(AFTER_SIGN_IN);
      else setState('waiting');
    });
  }, []);

  useEffect(() => {
    // A link that is opened where this page is open already only changes the fragment.
    const onHash = () => {
      const code = takeCode();
      if (code !== null) void exchange(code);
    };
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);

  return (
    <main className="flex min-h-screen flex-col items-center justify-center px-4">
      <div className="w-full max-w-md">
        <div className="mb-5 flex items-center gap-2.5">
          <Logo className="size-7" />
          <h1 className="text-xl font-semibold">Asterism</h1>
        </div>
        <div className="rounded-lg border bg-panel p-6">
          {state === 'waiting' ? <CodeForm failure={failure} onCode={exchange} /> : <Working state={state} />}
        </div>
      </div>
    </main>
  );
}

function Working({ state }: { state: 'starting' | 'working' }) {
  return (
    <p role="status" className="text-muted">
      {state === 'working' ? 'Signing in…' : 'One moment…'}
    </p>
  );
}

interface CodeFormProps {
  readonly failure: SignInFailure | null;
  readonly onCode: (code: string) => Promise<void>;
}

function CodeForm({ failure, onCode }: CodeFormProps) {
  const [text, setText] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const code = toSignInCode(text);
    if (code !== '') void onCode(code);
  };
  return (
    <form onSubmit={submit}>
      {failure !== null && (
        <Notice kind="bad" title={failure.title} className="mb-4">
          {failure.advice}
        </Notice>
      )}
      <TextField
        label="Sign-in link or code"
        hint="It works once, within ten minutes."
        value={text}
        autoFocus
        placeholder="asterism_code_…"
        className="font-mono"
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" variant="primary" className="mt-4 w-full" disabled={text.trim() === ''}>
        Sign in
      </Button>
      <p className="mt-5 border-t pt-4 text-muted">
        <code className="font-mono text-xs text-text">asterism up</code> prints a link when it is ready. For
        any other API, <code className="font-mono text-xs text-text">POST /v1/sign-in-links</code> with your
        token makes one.
      </p>
    </form>
  );
}
