'use client';

import { denyEnrolment, type Enrolment } from '@asterism/api-client';
import { ReasonDialog } from '../../components/domain/reason-dialog.tsx';
import { client, dataOf } from '../../data/client.ts';

interface DenyDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly cluster: string;
  readonly enrolment: Enrolment;
}

export function DenyDialog({ open, onClose, cluster, enrolment }: DenyDialogProps) {
  return (
    <ReasonDialog
      open={open}
      onClose={onClose}
      title={`Deny this machine for ${enrolment.poolName}`}
      description="Its identity stays taken, so that it cannot ask again elsewhere."
      action="Deny"
      run={(reason) =>
        dataOf(denyEnrolment({ client, path: { cluster, enrolment: enrolment.id }, body: { reason } }))
      }
    />
  );
}
