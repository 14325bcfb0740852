import type { Json } from '@asterism/bytes';
import type { SealedSecret } from '@asterism/keys';
import { audit, events, sealSlots, type Transaction } from '@asterism/persistence';

export function toSlot({ sealed, description }: SealedSecret, comment: string): sealSlots.NewSlot {
  return { kind: description.kind, description: { ...description }, sealed, comment };
}

/** @returns the id of the new one */
export async function replaceSlot(tx: Transaction, slot: string, sealed: SealedSecret): Promise<string> {
  // What it is bound to was not kept by the version that made it.
  const { id } = await sealSlots.add(tx, toSlot(sealed, 'in place of one of an earlier version'));
  await sealSlots.remove(tx, [slot]);
  return id;
}

/** A change of what seals the KEK, or of whether it is open. */
export function recordSeal(
  tx: Transaction,
  actor: string,
  action: string,
  details: Readonly<Record<string, Json>>,
): void {
  audit.append(tx, { clusterId: null, actor, action, target: 'seal', details });
  events.append(tx, { type: 'seal.changed', clusterId: null, data: { action, ...details } });
}
