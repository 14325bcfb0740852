'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { Check, CircleUserRound, LogOut } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { signOut } from '../../data/session.ts';
import { sessionQuery } from '../../data/queries.ts';
import { buttonStyle } from '../ui/button.tsx';
import { applyTheme, THEMES, type Theme } from './theme.ts';

const ITEM =
  'flex h-8 items-center gap-2 rounded-sm px-2 outline-none select-none data-[highlighted]:bg-hover [&_svg]:size-3.5';
const NAMES: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' };

export function AccountMenu({ initialTheme }: { initialTheme: Theme }) {
  const { data: session } = useQuery(sessionQuery);
  const [theme, setTheme] = useState(initialTheme);
  const leave = useMutation({ mutationFn: signOut, onSettled: () => window.location.assign('/sign-in') });
  const choose = (chosen: string) => {
    const next = THEMES.find((each) => each === chosen) ?? 'system';
    applyTheme(next);
    setTheme(next);
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={buttonStyle({ variant: 'quiet', size: 'small' })}>
        <CircleUserRound aria-hidden />
        {session?.name ?? 'Account'}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-30 min-w-52 rounded-md border border-line-strong bg-raised p-1 shadow-lg"
        >
          {session !== undefined && (
            <div className="border-b px-2 pt-1 pb-2">
              <p className="font-medium">{session.name}</p>
              <p className="text-xs text-muted">
                {[...new Set(session.bindings.map(({ role }) => role))].join(', ')}
              </p>
            </div>
          )}
          <DropdownMenu.Label className="px-2 pt-2 pb-1 text-xs text-muted">Colours</DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={theme} onValueChange={choose}>
            {THEMES.map((each) => (
              <DropdownMenu.RadioItem key={each} value={each} className={ITEM}>
                <span className="size-3.5">
                  <DropdownMenu.ItemIndicator>
                    <Check aria-hidden />
                  </DropdownMenu.ItemIndicator>
                </span>
                {NAMES[each]}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Item className={ITEM} onSelect={() => leave.mutate()}>
            <LogOut aria-hidden />
            Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
