'use client';

import {
  destroyKeyVersion,
  retireKeyVersion,
  rotateKey,
  type Cluster,
  type Key,
  type KeyMetadata,
} from '@asterism/api-client';
import { DATA_KEY_PURPOSES, type DataKeyPurpose } from '@asterism/contracts';
import { useQuery } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { ActionDialog } from '../../components/domain/action-dialog.tsx';
import { ReasonDialog } from '../../components/domain/reason-dialog.tsx';
import { Button } from '../../components/ui/button.tsx';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';

/** Others belong to the platform, which changes them itself. */
function dataPurposeOf(purpose: Key['purpose']): DataKeyPurpose | null {
  return DATA_KEY_PURPOSES.find((each) => each === purpose) ?? null;
}

export function RotateKey({ cluster, name: { purpose: of, id } }: { cluster: Cluster; name: Key }) {
  const { data: session } = useQuery(sessionQuery);
  const [open, setOpen] = useState(false);
  const purpose = dataPurposeOf(of);
  if (purpose === null || !may(session, 'keys.write', cluster.id)) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <RotateCw aria-hidden />
        Rotate
      </Button>
      {open && (
        <ActionDialog
          onClose={() => setOpen(false)}
          title={`Rotate ${id}`}
          description={
            purpose === 'state-disk'
              ? 'Makes its next version. Its machine adds it to the disk at its next boot, tests it, and then removes the other.'
              : 'Makes its next version, which encrypts from now on. Versions before only decrypt.'
          }
          action="Make the next version"
          run={() => dataOf(rotateKey({ client, path: { cluster: cluster.name, purpose, key: id } }))}
        />
      )}
    </>
  );
}

type Open = 'retire' | 'destroy' | null;

interface VersionActionsProps {
  readonly cluster: Cluster;
  readonly metadata: KeyMetadata;
}

/** What the session may do with a version in its state; the rest is not shown. */
export function VersionActions({ cluster, metadata }: VersionActionsProps) {
  const { data: session } = useQuery(sessionQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const { id, version, state } = metadata;
  const purpose = dataPurposeOf(metadata.purpose);
  if (purpose === null || state === 'destroyed') return null;
  const path = { cluster: cluster.name, purpose, key: id, version };
  return (
    <>
      {state === 'active' && purpose !== 'state-disk' && may(session, 'keys.write', cluster.id) && (
        <Button size="small" onClick={() => setOpen('retire')}>
          Retire
        </Button>
      )}
      {may(session, 'keys.destroy', cluster.id) && (
        <Button size="small" variant="danger" onClick={() => setOpen('destroy')}>
          Destroy
        </Button>
      )}
      {open === 'retire' && (
        <ActionDialog
          onClose={close}
          title={`Retire version ${version} of ${id}`}
          description="Its owner may decrypt with it and encrypts nothing new."
          action="Retire it"
          run={() => dataOf(retireKeyVersion({ client, path }))}
        />
      )}
      <ReasonDialog
        open={open === 'destroy'}
        onClose={close}
        title={`Destroy version ${version} of ${id}`}
        description={
          cluster.keys.mode === 'external'
            ? 'For good: the wrapped key is deleted, here and from the mirrors. What it encrypted can never be read again.'
            : 'For good: nobody gets it again. What it encrypted can be read only by who has the cluster’s root.'
        }
        action="Destroy for good"
        confirm={id}
        run={(reason) => dataOf(destroyKeyVersion({ client, path, body: { confirm: id, reason } }))}
      />
    </>
  );
}
