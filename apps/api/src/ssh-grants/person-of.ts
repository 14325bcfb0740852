import { tokens, type Queries } from '@asterism/persistence';
import type { Principal } from '../auth/principal.ts';
import { ProblemError } from '../http/problem-error.ts';

/**
 * The token behind a caller: a session is whoever made it, through every session between and however many they are, so that
 * nobody is two persons by signing in.
 * @throws ProblemError `credentials-invalid` where nobody is behind it: no session outlives its token
 */
export async function personOf(queries: Queries, { id }: Pick<Principal, 'id'>): Promise<string> {
  const root = await tokens.findRoot(queries, id);
  if (root === undefined) throw new ProblemError('credentials-invalid', 'the token of this session is gone');
  return `token:${root}`;
}
