import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { AccountMenu } from '../../components/shell/account-menu.tsx';
import { LiveIndicator, LiveProvider } from '../../components/shell/live.tsx';
import { Navigation } from '../../components/shell/navigation.tsx';
import { SealedBanner } from '../../components/shell/sealed-banner.tsx';
import { WhileSignedIn } from '../../components/shell/signed-out.tsx';
import { THEME_COOKIE, toTheme } from '../../components/shell/theme.ts';
import { readSessionCookie } from '../../server/session-cookie.ts';

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const requestHeaders = await headers();
  if (readSessionCookie(requestHeaders) === null) redirect('/sign-in');
  const theme = toTheme((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <LiveProvider>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-raised focus:p-2"
      >
        Skip to the content
      </a>
      <div className="min-h-screen md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
        <div className="border-b bg-panel px-2.5 md:sticky md:top-0 md:h-screen md:border-r md:border-b-0">
          <Navigation />
        </div>
        <div className="min-w-0">
          <div className="flex h-12 items-center justify-end gap-4 px-6">
            <LiveIndicator />
            <AccountMenu initialTheme={theme} />
          </div>
          <main id="content" tabIndex={-1} className="mx-auto max-w-[78rem] px-6 pb-16 outline-none">
            <WhileSignedIn>
              <SealedBanner />
              {children}
            </WhileSignedIn>
          </main>
        </div>
      </div>
    </LiveProvider>
  );
}
