'use client';

import { removeSealSlot, type SealSlot, type SealStatus } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { LockKeyhole, Plus } from 'lucide-react';
import { useState } from 'react';
import { ActionDialog } from '../../components/domain/action-dialog.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { AddSlotDialog } from './add-slot-dialog.tsx';

export function SealSlots({ status }: { status: SealStatus }) {
  const { data: session } = useQuery(sessionQuery);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<SealSlot | null>(null);
  const { slots, sealed, configured } = status;
  const mayWrite = may(session, 'seal.write') && !sealed;
  return (
    <Panel
      title="Slots"
      note={`${slots.length}`}
      flush
      actions={
        mayWrite && (
          <Button size="small" onClick={() => setAdding(true)}>
            <Plus aria-hidden />
            Add a slot
          </Button>
        )
      }
    >
      {slots.length === 0 ? (
        <Empty icon={LockKeyhole} title="No slot">
          Nothing opens the keys but recovery shares.
        </Empty>
      ) : (
        <ul>
          {slots.map((slot) => (
            <SlotEntry
              key={slot.id}
              slot={slot}
              onRemove={mayWrite && slots.length > 1 ? () => setRemoving(slot) : null}
            />
          ))}
        </ul>
      )}
      <AddSlotDialog open={adding} onClose={() => setAdding(false)} tpm={configured === 'tpm'} />
      {removing !== null && (
        <ActionDialog
          onClose={() => setRemoving(null)}
          title={`Remove this slot: ${toSlotText(removing)}`}
          description="The API refuses unless another slot opens now, on the machine that answers."
          action="Remove slot"
          destructive
          run={() => dataOf(removeSealSlot({ client, path: { slot: removing.id } }))}
        />
      )}
    </Panel>
  );
}

interface SlotEntryProps {
  readonly slot: SealSlot;
  /** Null where it cannot be, or the session may not. */
  readonly onRemove: (() => void) | null;
}

function SlotEntry({ slot, onRemove }: SlotEntryProps) {
  const { comment, createdAt, openedAt } = slot;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-2 last:border-b-0">
      <div>
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-semibold">{toSlotText(slot)}</span>
          {slot.binding.kind === 'tpm' && (
            <Copyable value={slot.binding.pcrDigest} ends={8} label="the digest of the PCR values" />
          )}
          {comment !== '' && <span>{comment}</span>}
        </p>
        <p className="text-xs text-muted">
          made <RelativeTime at={createdAt} />
          {openedAt === null ? (
            ', never opened'
          ) : (
            <>
              , opened <RelativeTime at={openedAt} />
            </>
          )}
        </p>
      </div>
      {onRemove !== null && (
        <Button size="small" variant="danger" onClick={onRemove}>
          Remove
        </Button>
      )}
    </li>
  );
}

function toSlotText({ binding }: SealSlot): string {
  switch (binding.kind) {
    case 'tpm':
      return `TPM, ${binding.bank}, PCR ${binding.pcrs.join(', ')}`;
    case 'kek':
      return `KEK provider ${binding.provider}`;
    case 'key-file':
      return 'key file';
    case 'unknown':
      return 'of an earlier version';
  }
}
