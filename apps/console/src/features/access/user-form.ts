import { accessUserSchema, type AccessUser } from '@asterism/contracts';

/** A user as it is typed: lists are lines or words. */
export interface UserDraft {
  readonly name: string;
  readonly comment: string;
  readonly publicKeys: string;
  readonly principals: string;
  readonly sudo: AccessUser['sudo']['kind'];
  readonly commands: string;
  /** Empty: all of them. */
  readonly pools: string;
  /** As a date field has it, empty: no end. */
  readonly expiresOn: string;
}

export const EMPTY_DRAFT: UserDraft = {
  ...{
    name: '',
    comment: '',
    publicKeys: '',
    principals: '',
    sudo: 'none',
    commands: '',
    pools: '',
    expiresOn: '',
  },
};

export function toDraft(user: AccessUser): UserDraft {
  return {
    name: user.name,
    comment: user.comment,
    publicKeys: user.publicKeys.join('\n'),
    principals: user.principals.join(' '),
    sudo: user.sudo.kind,
    commands: user.sudo.kind === 'commands' ? user.sudo.commands.join('\n') : '',
    pools: user.pools === 'all' ? '' : user.pools.join(' '),
    expiresOn: user.expiresAt?.slice(0, 10) ?? '',
  };
}

const wordsOf = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '');
const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export type Drafted =
  | { readonly user: AccessUser; readonly errors: null }
  | { readonly user: null; readonly errors: Readonly<Record<string, string>> };

/**
 * The user that a draft says, or what is wrong with which field. Without principals it is its own account alone.
 * @param before keeps the time of day of an end whose day was not changed
 */
export function fromDraft(draft: UserDraft, before: AccessUser | null): Drafted {
  const principals = wordsOf(draft.principals);
  const pools = wordsOf(draft.pools);
  const sameDay = before?.expiresAt?.slice(0, 10) === draft.expiresOn;
  const end =
    draft.expiresOn === '' ? null : sameDay ? before?.expiresAt : `${draft.expiresOn}T23:59:59.000Z`;
  const parsed = accessUserSchema.safeParse({
    name: draft.name.trim(),
    comment: draft.comment.trim(),
    publicKeys: linesOf(draft.publicKeys),
    principals: principals.length === 0 ? [draft.name.trim()] : principals,
    sudo:
      draft.sudo === 'commands'
        ? { kind: 'commands', commands: linesOf(draft.commands) }
        : { kind: draft.sudo },
    pools: pools.length === 0 ? 'all' : pools,
    expiresAt: end ?? null,
  });
  if (parsed.success) return { user: parsed.data, errors: null };
  const errors: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) errors[String(path[0] ?? '')] ??= message;
  return { user: null, errors };
}
