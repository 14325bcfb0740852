import type { RoleBinding, Token } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseIdCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';

const COLUMNS = [
  'id',
  'name',
  'kind',
  'bindings',
  'createdBy',
  'createdAt',
  'expiresAt',
  'lastUsedAt',
  'revokedAt',
] as const;

type Row = Omit<Token, 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'> & {
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
};

function toToken(row: Row): Token {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}

export interface NewToken {
  readonly name: string;
  readonly kind: Token['kind'];
  /** SHA-256 of the secret, 32 bytes. The secret is never given to the database. */
  readonly secretHash: Uint8Array;
  readonly bindings: readonly RoleBinding[];
  readonly createdBy: string;
  readonly expiresAt: Date;
}

export async function create(tx: Transaction, token: NewToken): Promise<Token> {
  const row = await tx.queries
    .insertInto('tokens')
    .values({
      id: tx.newId(),
      ...token,
      secretHash: Buffer.from(token.secretHash),
      bindings: JSON.stringify(token.bindings),
      createdAt: tx.now,
      lastUsedAt: null,
      revokedAt: null,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return toToken(row);
}

/** The first token of a new database; of replicas that start together one makes it. Undefined where there is one. */
export async function createFirst(tx: Transaction, token: NewToken): Promise<Token | undefined> {
  await sql`lock table tokens in share row exclusive mode`.execute(tx.queries);
  return (await hasAny(tx.queries)) ? undefined : create(tx, token);
}

/** Also finds expired and revoked tokens: the caller tells the two apart. */
export async function findBySecretHash(queries: Queries, hash: Uint8Array): Promise<Token | undefined> {
  const row = await queries
    .selectFrom('tokens')
    .select(COLUMNS)
    .where('secretHash', '=', Buffer.from(hash))
    .executeTakeFirst();
  return row && toToken(row);
}

export async function find(queries: Queries, tokenId: string): Promise<Token | undefined> {
  const row = await queries.selectFrom('tokens').select(COLUMNS).where('id', '=', tokenId).executeTakeFirst();
  return row && toToken(row);
}

/** The token that a session was made from, through every session between; undefined where one of them is gone. */
export async function findRoot(queries: Queries, tokenId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    with recursive makers (id, kind, created_by) as (
      select id, kind, created_by from tokens where id = ${tokenId}
      union
      select maker.id, maker.kind, maker.created_by from tokens maker
      join makers made on made.kind = 'session' and maker.id = substring(made.created_by from '^token:(.*)$')::uuid
    )
    select id from makers where kind = 'token'`.execute(queries);
  return rows[0]?.id;
}

/** Newest first. */
export async function list(queries: Queries, query: PageQuery): Promise<Page<Token>> {
  const before = parseIdCursor('tokens', query.cursor);
  const rows = await queries
    .selectFrom('tokens')
    .select(COLUMNS)
    .$if(before !== undefined, (q) => q.where('id', '<', String(before)))
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'tokens', (row) => row.id, toToken);
}

/**
 * Ends a token with the sessions and sign-in codes that were made with it, and with theirs. Revoking twice changes
 * nothing.
 * @throws PersistenceError `not-found`
 */
export async function revoke(tx: Transaction, tokenId: string): Promise<Token> {
  await sql`
    with recursive family (id) as (
      select id from tokens where id = ${tokenId}
      union
      select child.id from tokens child join family on child.created_by = 'token:' || family.id
      where child.kind = 'session'
    ), codes as (
      delete from sign_in_codes where created_by in (select 'token:' || id from family)
    )
    update tokens set revoked_at = ${tx.now} where id in (select id from family) and revoked_at is null
  `.execute(tx.queries);
  const token = await find(tx.queries, tokenId);
  if (token === undefined) throw new PersistenceError('not-found', 'no such token');
  return token;
}

/** At most once a minute a token, so that reading does not become writing. */
export async function touch(queries: Queries, tokenId: string, now: Date): Promise<void> {
  await queries
    .updateTable('tokens')
    .set({ lastUsedAt: now })
    .where('id', '=', tokenId)
    .where((eb) =>
      eb.or([eb('lastUsedAt', 'is', null), eb('lastUsedAt', '<', new Date(now.getTime() - 60_000))]),
    )
    .execute();
}

/** True once any token exists: a database without one is new and its first admin token is to be made. */
export async function hasAny(queries: Queries): Promise<boolean> {
  return (await queries.selectFrom('tokens').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** Sessions that ended before `before`; tokens stay as a record. */
export async function pruneSessions(queries: Queries, before: Date): Promise<void> {
  await queries.deleteFrom('tokens').where('kind', '=', 'session').where('expiresAt', '<', before).execute();
}
