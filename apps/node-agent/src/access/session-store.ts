import { sshSessionEventSchema, type SshSessionEvent } from '@asterism/contracts';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from '../state/write-atomically.ts';
import { Turns } from '../turns.ts';

/** Where in sshd's log to go on: of a file, or of the journal. */
const positionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), inode: z.number(), offset: z.number().int().min(0) }),
  z.strictObject({ kind: z.literal('journal'), cursor: z.string().max(1_000) }),
]);
export type LogPosition = z.infer<typeof positionSchema>;

const openSessionSchema = z.strictObject({
  id: z.uuid(),
  account: z.string(),
  /** Of an account that this agent has made. */
  isOurs: z.boolean(),
  uid: z.number().int(),
  process: z.strictObject({ pid: z.number().int(), startedAt: z.string() }),
  certificate: z
    .strictObject({ keyId: z.string(), serial: z.string(), fingerprint: z.string(), authority: z.string() })
    .nullable(),
});
export type OpenSession = z.infer<typeof openSessionSchema>;

const storeSchema = z.strictObject({
  schema: z.literal('asterism/ssh-sessions/v1'),
  position: positionSchema.nullable(),
  open: z.array(openSessionSchema),
  /** Sessions that are over, and may have left something that runs. */
  left: z.array(openSessionSchema).default([]),
  /** What the API has not taken yet, in its order. */
  spool: z.array(sshSessionEventSchema),
  /** Events that were let go because there was no room. */
  dropped: z.number().int(),
});
type Stored = z.infer<typeof storeSchema>;

const MOST_SPOOLED = 5_000;
const EMPTY: Stored = {
  ...{ schema: 'asterism/ssh-sessions/v1', position: null },
  ...{ open: [], left: [], spool: [], dropped: 0 },
};

/**
 * Sessions that are open, events that wait for the API and how far the log was read: one file, so that a crash finds all three
 * as they were together. An event is in the file before the log is read further.
 */
export class SessionStore {
  readonly #file: string;
  #stored: Stored = EMPTY;
  readonly #writes = new Turns();

  private constructor(file: string) {
    this.#file = file;
  }

  /** @param onBroken told of a file that is none; it is treated as lost */
  static async open(file: string, onBroken: (reason: string) => void): Promise<SessionStore> {
    const store = new SessionStore(file);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return store;
    try {
      store.#stored = storeSchema.parse(JSON.parse(text));
    } catch (error) {
      onBroken(error instanceof Error ? error.message : String(error));
    }
    return store;
  }

  get position(): LogPosition | null {
    return this.#stored.position;
  }

  get open(): readonly OpenSession[] {
    return this.#stored.open;
  }

  get left(): readonly OpenSession[] {
    return this.#stored.left;
  }

  /** The first of what waits. */
  next(most: number): readonly SshSessionEvent[] {
    return this.#stored.spool.slice(0, most);
  }

  get dropped(): number {
    return this.#stored.dropped;
  }

  async add(
    events: readonly SshSessionEvent[],
    change: {
      readonly position?: LogPosition;
      readonly open?: readonly OpenSession[];
      readonly left?: readonly OpenSession[];
    },
  ): Promise<void> {
    const all = [...this.#stored.spool, ...events];
    const over = Math.max(0, all.length - MOST_SPOOLED);
    await this.#write({
      ...this.#stored,
      ...(change.position === undefined ? {} : { position: change.position }),
      ...(change.open === undefined ? {} : { open: [...change.open] }),
      ...(change.left === undefined ? {} : { left: [...change.left] }),
      spool: all.slice(over),
      dropped: this.#stored.dropped + over,
    });
  }

  /** The API has these: they are the first of what waits. */
  taken(events: readonly SshSessionEvent[]): Promise<void> {
    const known = new Set(events);
    return this.#write({ ...this.#stored, spool: this.#stored.spool.filter((event) => !known.has(event)) });
  }

  /** Each writes what is known when its turn comes, which has what it was called for. */
  #write(stored: Stored): Promise<void> {
    this.#stored = stored;
    return this.#writes.take(() =>
      writeAtomically(this.#file, `${JSON.stringify(this.#stored)}\n`, { durable: true }),
    );
  }
}
