import { Injectable } from '@nestjs/common';
import type { AuditHead, AuditVerification } from '@asterism/contracts';
import { audit, verifyAuditChain } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { clustersWith } from '../auth/principal.ts';
import { stillSignedIn } from '../auth/still-signed-in.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { EventStream } from '../http/event-stream.ts';
import { follow } from '../http/follow.ts';
import { Platform } from '../platform/platform.ts';

export type AuditQuery = PageQuery & { readonly order: 'ascending' | 'descending' };

@Injectable()
export class AuditService {
  readonly #platform: Platform;
  #verifying: Promise<AuditVerification> | undefined;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(caller: Caller, { order, ...query }: AuditQuery) {
    const clusters = clustersWith(caller.principal, 'audit.read');
    return audit.list(
      this.#platform.database.queries,
      { clusters, order: order === 'ascending' ? 'oldest-first' : 'newest-first' },
      query,
    );
  }

  follow(caller: Caller, after: number | undefined): EventStream {
    const { database, eventBus } = this.#platform;
    const visible = clustersWith(caller.principal, 'audit.read');
    return new EventStream({
      kind: 'audit',
      read: (signal) =>
        follow({
          bus: eventBus,
          signal: AbortSignal.any([signal, stillSignedIn(this.#platform, caller, signal)]),
          start: async () => after ?? (await audit.readHead(database.queries))?.sequence ?? 0,
          readAfter: (sequence, limit) => audit.readAfter(database.queries, visible, sequence, limit),
          idOf: (record) => record.sequence,
          nameOf: () => 'audit',
        }),
    });
  }

  /** Reads the whole chain, so that callers at one time share one reading. */
  verify(): Promise<AuditVerification> {
    this.#verifying ??= this.#verify().finally(() => {
      this.#verifying = undefined;
    });
    return this.#verifying;
  }

  async #verify(): Promise<AuditVerification> {
    const { queries } = this.#platform.database;
    const known = await audit.readSignedHead(queries);
    if (known !== undefined && !(await this.#isOurs(known))) {
      return {
        intact: false,
        records: 0,
        brokenAt: known.sequence,
        reason: 'the signature of the stored head is not ours',
        head: null,
      };
    }
    const verification = await verifyAuditChain(queries, known);
    return { ...verification, head: verification.intact ? await this.#signHead() : null };
  }

  /** Signs the head where records came since the last signed one: a later edit of them is then seen as one. */
  async signGrownHead(): Promise<void> {
    const { queries } = this.#platform.database;
    const [head, signed] = [await audit.readHead(queries), await audit.readSignedHead(queries)];
    if (head !== undefined && head.sequence > (signed?.sequence ?? 0)) await this.#signHead();
  }

  async #isOurs(head: audit.SignedHead): Promise<boolean> {
    const claims = await this.#platform.resultSigner.read(head.signature).catch(() => undefined);
    if (typeof claims !== 'object' || claims === null) return false;
    const { sequence, hash } = claims as Record<string, unknown>;
    return sequence === head.sequence && hash === head.hash;
  }

  async #signHead(): Promise<AuditHead | null> {
    const { database, resultSigner, clock } = this.#platform;
    const head = await audit.readHead(database.queries);
    if (head === undefined) return null;
    const signedAt = clock();
    const iat = Math.floor(signedAt.getTime() / 1000);
    const signature = await resultSigner.sign({ ...head, iat }, 'asterism-audit-head+jwt');
    await audit.storeSignedHead(database.queries, { ...head, signature, signedAt });
    return { ...head, signature, signedAt: signedAt.toISOString() };
  }
}
