import type { Database, Queries } from '@asterism/persistence';

type Plugin = Parameters<Queries['withPlugin']>[0];

/** The database as a process sees it that dies at a statement: that one and all later ones fail. */
export interface MortalDatabase {
  readonly database: Database;
  /** From now on `statements` more are done. */
  dieAfter(statements: number): void;
  readonly isDead: boolean;
}

class DeadError extends Error {
  override readonly name = 'DeadError';
}

export function toMortal(database: Database): MortalDatabase {
  let left = Number.POSITIVE_INFINITY;
  const step = () => {
    if (left <= 0) throw new DeadError('the process is dead');
    left--;
  };
  const plugin: Plugin = {
    transformQuery: ({ node }) => {
      step();
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    database: {
      ...database,
      queries: database.queries.withPlugin(plugin),
      prepared: async (name, text, values) => {
        step();
        return database.prepared(name, text, values);
      },
      notify: async (channel, payload) => {
        step();
        return database.notify(channel, payload);
      },
    },
    dieAfter: (statements) => {
      left = statements;
    },
    get isDead() {
      return left <= 0;
    },
  };
}
