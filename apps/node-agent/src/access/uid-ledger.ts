import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import { writeAtomically } from '../state/write-atomically.ts';

const SCHEMA = 'asterism/ssh-uids/v1';
const ledgerSchema = z.strictObject({ schema: z.literal(SCHEMA), last: z.number().int() });

/**
 * Remembers which uid was given last. Files that an account leaves outside of its home belong to a number: a set-uid program of
 * somebody who is gone would run as whoever has that number next. It comes back only after every other of the range.
 */
export class UidLedger {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** On the disk before it is used. @returns undefined where all are taken */
  async next(taken: ReadonlySet<number>, uids: SshConfiguration['uids']): Promise<number | undefined> {
    const { from, to } = uids;
    const count = to - from + 1;
    const last = (await this.#read(uids)) ?? Math.max(from - 1, ...[...taken].filter((uid) => uid <= to));
    for (let step = 1; step <= count; step++) {
      const uid = from + ((last - from + step) % count);
      if (taken.has(uid)) continue;
      const ledger: z.infer<typeof ledgerSchema> = { schema: SCHEMA, last: uid };
      await writeAtomically(this.#file, `${JSON.stringify(ledger)}\n`, { durable: true });
      return uid;
    }
    return undefined;
  }

  /** Undefined where it is lost, or of another range. */
  async #read({ from, to }: SshConfiguration['uids']): Promise<number | undefined> {
    try {
      const { last } = ledgerSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
      return last >= from && last <= to ? last : undefined;
    } catch {
      return undefined;
    }
  }
}
