import { SetMetadata } from '@nestjs/common';
import type { Permission as PermissionName } from '@asterism/contracts';

/**
 * Who may call an operation. There is no default: a handler that does not say is refused at start-up (S28).
 * - `permission`: an API token or session that holds it, for the cluster of the path where there is one;
 * - `sign-in-code`: a one-time code;
 * - `public`: anyone;
 * - `connection`: a node's TLS connection; `attested`: one that proved itself; `member`: one whose node exists.
 */
export type Access =
  | { readonly kind: 'permission'; readonly permission: PermissionName; readonly globally: boolean }
  | { readonly kind: 'sign-in-code' | 'public' | 'connection' | 'attested' | 'member' };

export const ACCESS = Symbol('access');

/** `globally`: a role over one cluster is not enough, though the path names none. */
export const Permission = (permission: PermissionName, options: { readonly globally?: boolean } = {}) =>
  SetMetadata(ACCESS, {
    kind: 'permission',
    permission,
    globally: options.globally ?? false,
  } satisfies Access);

/** Health, keys to verify results with, and the documents: nothing else (S28). */
export const Public = () => SetMetadata(ACCESS, { kind: 'public' } satisfies Access);

export const SignInCode = () => SetMetadata(ACCESS, { kind: 'sign-in-code' } satisfies Access);

/** For the node listener. */
export const NodeAccess = (kind: 'connection' | 'attested' | 'member') =>
  SetMetadata(ACCESS, { kind } satisfies Access);
