import { fromBase64url, fromUtf8, toBase64url, utf8 } from '@asterism/bytes';
import { PersistenceError } from './errors.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NUMBER = /^\d{1,15}$/;

export interface PageQuery {
  readonly cursor?: string | undefined;
  /** 1 to 200. */
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Opaque to the caller: the key of the last row of a page. A cursor of one list is refused by another. */
export function toCursor(list: string, key: string | number): string {
  return toBase64url(utf8(`${list}:${key}`));
}

/** @throws PersistenceError `cursor-invalid` */
export function parseIdCursor(list: string, cursor: string | undefined): string | undefined {
  return parseCursor(list, cursor, UUID);
}

/** @throws PersistenceError `cursor-invalid` */
export function parseNumberCursor(list: string, cursor: string | undefined): number | undefined {
  const key = parseCursor(list, cursor, NUMBER);
  return key === undefined ? undefined : Number(key);
}

/** The key must have `shape`. @throws PersistenceError `cursor-invalid` */
export function parseCursor(list: string, cursor: string | undefined, shape: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  let text: string;
  try {
    text = fromUtf8(fromBase64url(cursor));
  } catch (cause) {
    throw new PersistenceError('cursor-invalid', 'not a cursor of this list', { cause });
  }
  const key = text.slice(list.length + 1);
  if (!text.startsWith(`${list}:`) || !shape.test(key)) {
    throw new PersistenceError('cursor-invalid', 'not a cursor of this list');
  }
  return key;
}

/** Cuts rows fetched with `limit + 1` to a page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  list: string,
  keyOf: (row: Row) => string | number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? toCursor(list, keyOf(last)) : null,
  };
}
