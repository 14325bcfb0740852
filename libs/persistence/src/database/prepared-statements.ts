import type pg from 'pg';

/** At the head of a statement: PostgreSQL is to plan it once a connection, under this name. */
const MARK = /^\s*-- prepared ([a-z-]+)\n/;

/**
 * Makes statements that begin with `-- prepared NAME` named ones, on every connection of the pool. For the few large
 * statements that every join runs, parsing and planning cost more than carrying them out. Their text must never vary.
 */
export function nameMarkedStatements(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    const named = (text: unknown, ...rest: unknown[]): unknown => {
      const name = typeof text === 'string' ? MARK.exec(text)?.[1] : undefined;
      return name === undefined ? query(text, ...rest) : query({ name, text, values: rest[0] });
    };
    client.query = named as typeof client.query;
  });
}
