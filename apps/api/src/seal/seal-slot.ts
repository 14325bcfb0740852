import { sealSlotSchema, type SealSlot } from '@asterism/contracts';
import type { sealSlots } from '@asterism/persistence';

/** What an operator may see of a slot. */
export function toSealSlot(slot: sealSlots.StoredSlot): SealSlot {
  const { id, comment, createdAt, openedAt } = slot;
  return sealSlotSchema.parse({
    id,
    binding: toBinding(slot),
    comment,
    createdAt: createdAt.toISOString(),
    openedAt: openedAt?.toISOString() ?? null,
  });
}

function toBinding({ kind, description }: sealSlots.StoredSlot): Record<string, unknown> {
  switch (kind) {
    case 'tpm':
      return { ...description };
    case 'kek':
      return { kind, provider: description['provider'] };
    case 'key-file':
      return { kind };
    case 'first':
      return { kind: 'unknown' };
  }
}
