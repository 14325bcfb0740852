import { encryptStream, requireRecipients } from '@asterism/keys/recovery';
import { audit, inTransaction, recoverySets, writeBackup } from '@asterism/persistence';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.ts';
import { ByteStream } from '../http/byte-stream.ts';
import { ProblemError } from '../http/problem-error.ts';
import { Platform } from '../platform/platform.ts';
import { toRecoveryProblem } from '../recovery/recovery-problems.ts';

/** JWT type of the signature in a backup's manifest. */
const SIGNATURE_TYPE = 'asterism-backup+jwt';

/** The API's whole state, encrypted as it is read: no plain text touches a disk. */
@Injectable()
export class BackupService {
  readonly #platform: Platform;
  #running = false;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** @throws ProblemError `recipients-missing`, `request-invalid`, `overloaded` while this replica makes another */
  async create(caller: Caller, wanted: readonly string[] | undefined): Promise<ByteStream> {
    const { database, stopping } = this.#platform;
    const recipients = wanted ?? (await recoverySets.platformRecipients(database.queries));
    if (recipients.length === 0) {
      throw new ProblemError(
        'recipients-missing',
        'name recipients, or issue a recovery set of the platform',
      );
    }
    await requireRecipients(recipients).catch((cause: unknown) => {
      throw toRecoveryProblem(cause);
    });
    if (this.#running) throw new ProblemError('overloaded', 'a backup is being made', { retryAfter: 5 });
    this.#running = true;
    try {
      await this.#note(caller, recipients);
      const end = new AbortController();
      const signal = AbortSignal.any([stopping, end.signal]);
      const plain = writeBackup({ database, sign: (sha256) => this.#sign(sha256), signal });
      const source = ReadableStream.from(plain).pipeThrough(new CompressionStream('gzip'));
      return new ByteStream({
        source: await encryptStream(recipients, source),
        end: () => {
          end.abort();
          this.#running = false;
        },
      });
    } catch (cause) {
      this.#running = false;
      throw cause;
    }
  }

  /** Before it is made, so that it is in the backup as well. */
  #note(caller: Caller, recipients: readonly string[]): Promise<void> {
    return inTransaction(this.#platform.database, async (tx) => {
      audit.append(tx, {
        clusterId: null,
        actor: caller.principal.actor,
        action: 'backup.created',
        target: 'backup',
        details: { recipients },
      });
    });
  }

  /** While the keys are sealed a backup is made without. */
  async #sign(sha256: string): Promise<string | null> {
    const { sealing, resultSigner, clock } = this.#platform;
    if (!sealing.isOpen) return null;
    return resultSigner.sign({ sha256, iat: Math.floor(clock().getTime() / 1_000) }, SIGNATURE_TYPE);
  }
}
