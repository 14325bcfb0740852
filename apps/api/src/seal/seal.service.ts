import { equalBytes, fromHex } from '@asterism/bytes';
import type { CreateSealSlot, ReplaceKek, SealSlot, SealStatus } from '@asterism/contracts';
import { KeysError, openAnySlot, wipe } from '@asterism/keys';
import { audit, events, recoverySets, sealSlots } from '@asterism/persistence';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { toSealSlot } from './seal-slot.ts';
import type { SealChoice } from './seals.ts';

@Injectable()
export class SealService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async status(): Promise<SealStatus> {
    const { database, sealing } = this.#platform;
    const slots = await sealSlots.list(database.queries);
    return {
      sealed: !sealing.isOpen,
      reason: sealing.reason,
      configured: sealing.seals.configured,
      slots: slots.map(toSealSlot),
    };
  }

  /** Tries at once what is tried with back-off anyway. */
  async unseal(caller: Caller): Promise<SealStatus> {
    await this.#platform.sealing.unseal(caller.principal.actor);
    return this.status();
  }

  async add(caller: Caller, request: CreateSealSlot): Promise<SealSlot> {
    const { database, sealing } = this.#platform;
    const { kek } = sealing;
    const choice = toChoice(request);
    if (choice !== undefined && sealing.seals.configured !== 'tpm') {
      throw new ProblemError(
        'seal-slot-unsupported',
        'PCRs can be chosen where the configured seal is a TPM',
      );
    }
    const { sealed, description } = await naming(async () => (await sealing.seals.sealing(choice)).seal(kek));
    const slot = {
      kind: description.kind,
      description: { ...description },
      sealed,
      comment: request.comment,
    };
    return change(database, caller, async (tx) => {
      await sealing.keep(tx, kek);
      const added = await sealSlots.add(tx, slot);
      const details = { slot: added.id, kind: description.kind, comment: request.comment };
      audit.append(tx, {
        clusterId: null,
        actor: caller.principal.actor,
        action: 'seal.slot-added',
        target: `seal-slot:${added.id}`,
        details: 'pcrs' in description ? { ...details, pcrs: [...description.pcrs] } : details,
      });
      events.append(tx, {
        type: 'seal.changed',
        clusterId: null,
        data: { action: 'seal.slot-added', slot: added.id },
      });
      return toSealSlot(added);
    });
  }

  /** Never takes the way back away: another slot must open now, here. */
  async remove(caller: Caller, id: string): Promise<void> {
    const { database } = this.#platform;
    const slots = await sealSlots.list(database.queries);
    if (!slots.some((slot) => slot.id === id)) throw unknownSlot();
    const spare = await this.#opening(slots.filter((slot) => slot.id !== id));
    await change(database, caller, async (tx) => {
      await sealSlots.lock(tx);
      const now = new Set((await sealSlots.list(tx.queries)).map((slot) => slot.id));
      if (!now.has(id)) throw unknownSlot();
      if (!now.has(spare)) throw new ProblemError('seal-slot-last', 'the other slot was removed meanwhile');
      await sealSlots.remove(tx, [id]);
      audit.append(tx, {
        clusterId: null,
        actor: caller.principal.actor,
        action: 'seal.slot-removed',
        target: `seal-slot:${id}`,
        details: { slot: id, opens: spare },
      });
      events.append(tx, {
        type: 'seal.changed',
        clusterId: null,
        data: { action: 'seal.slot-removed', slot: id },
      });
    });
  }

  /** @returns a slot that opens now and holds the KEK. @throws ProblemError `sealed`, `seal-slot-last`, `kek-undecided` */
  async #opening(slots: readonly sealSlots.StoredSlot[]): Promise<string> {
    const { sealing } = this.#platform;
    const { kek } = sealing;
    const opened = await naming(async () => openAnySlot(await sealing.seals.opening(), slots)).catch(
      (cause: unknown) => {
        throw new ProblemError('seal-slot-last', 'no other slot opens now', { cause });
      },
    );
    const same = equalBytes(opened.kek, kek);
    wipe(opened.kek);
    if (!same) throw new ProblemError('seal-slot-last', 'the other slot holds another KEK');
    return opened.slot.id;
  }

  async replaceKek(caller: Caller, { reason }: ReplaceKek): Promise<SealStatus> {
    const { sealing } = this.#platform;
    if (sealing.isOpen) throw new ProblemError('not-sealed', 'the KEK is not lost: it is open here');
    const { actor } = caller.principal;
    await naming(() =>
      sealing.replace(actor, reason, async (tx) => {
        // Its shares give a KEK that opens nothing any more.
        await recoverySets.supersede(tx, null);
      }),
    );
    return this.status();
  }
}

function toChoice({ pcrs, values }: CreateSealSlot): SealChoice | undefined {
  if (pcrs === undefined && values === undefined) return undefined;
  const bytes = values && new Map(Object.entries(values).map(([pcr, hex]) => [Number(pcr), fromHex(hex)]));
  return { pcrs, values: bytes };
}

const unknownSlot = () => new ProblemError('seal-slot-unknown', 'no such seal slot');

/** @throws ProblemError in the words of the operation */
async function naming<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof KeysError)) throw cause;
    if (cause.code === 'seal-options-invalid') {
      throw new ProblemError('request-invalid', 'the seal cannot be made for these PCRs and values', {
        cause,
      });
    }
    throw new ProblemError('kek-undecided', 'the configured seal cannot be used now', {
      retryAfter: 10,
      cause,
    });
  }
}
