'use client';

import type { CreatedRecoverySet } from '@asterism/api-client';
import type { Cluster } from '@asterism/contracts';
import { useState } from 'react';
import { Dialog } from '../../components/ui/dialog.tsx';
import { IssueForm } from './issue-form.tsx';
import { IssuedShares } from './issued-shares.tsx';

interface IssueDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly scope: Pick<Cluster, 'id' | 'name'> | null;
  /** There are shares already, which this supersedes. */
  readonly again: boolean;
}

export function IssueDialog({ open, onClose, scope, again }: IssueDialogProps) {
  const [issued, setIssued] = useState<CreatedRecoverySet | null>(null);
  const close = () => {
    setIssued(null);
    onClose();
  };
  return (
    <Dialog
      open={open}
      wide
      dismissable={issued === null}
      onOpenChange={close}
      title={again ? 'Issue shares anew' : 'Issue shares'}
      description={
        again
          ? 'To new people, or to the same. The API takes the shares before these no longer.'
          : 'Each is encrypted to one person. So many of them as you choose recover; fewer tell nothing.'
      }
    >
      {issued === null ? (
        <IssueForm cluster={scope?.name ?? null} onIssued={setIssued} onCancel={close} />
      ) : (
        <IssuedShares issued={issued} onClose={close} />
      )}
    </Dialog>
  );
}
