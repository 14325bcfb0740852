import { KeysError } from '../errors.ts';
import { openKek } from './kek.ts';
import type { Seal, SealKind } from './seal.ts';

/** One sealed copy of the KEK. */
export interface SealSlot {
  /** `first`: of an earlier version, which did not say; every seal is tried. */
  readonly kind: SealKind | 'first';
  readonly sealed: Uint8Array;
}

/** The most telling first: what could not be asked may still open. */
const TELLING = ['seal-unavailable', 'seal-wrong', 'seal-malformed'];

/**
 * Tries each slot with the seals of its kind, in the order given. The KEK is the caller's to wipe.
 * @throws KeysError `seal-unavailable` where a slot could not be tried (also: no seal of its kind is configured, or there
 * is no slot), else `seal-wrong`, else `seal-malformed`. Nothing is changed on any of them.
 */
export async function openAnySlot<Slot extends SealSlot>(
  seals: readonly Seal[],
  slots: readonly Slot[],
): Promise<{ readonly kek: Uint8Array; readonly slot: Slot }> {
  const refusals: KeysError[] = [];
  for (const slot of slots) {
    const fitting = seals.filter(({ kind }) => slot.kind === 'first' || slot.kind === kind);
    for (const seal of fitting) {
      try {
        return { kek: await openKek(seal, slot.sealed), slot };
      } catch (error) {
        if (!(error instanceof KeysError)) throw error;
        refusals.push(error);
      }
    }
  }
  const telling = TELLING.map((code) => refusals.find((refusal) => refusal.code === code));
  throw (
    telling.find((refusal) => refusal !== undefined) ??
    new KeysError('seal-unavailable', 'there is no slot for a configured seal', {
      got: slots.map(({ kind }) => kind),
      want: seals.map(({ kind }) => kind),
    })
  );
}
