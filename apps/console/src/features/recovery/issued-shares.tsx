'use client';

import type { CreatedRecoverySet } from '@asterism/api-client';
import { Check, Download } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { DialogActions } from '../../components/ui/dialog.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { saveShare } from './save-share.ts';

interface IssuedSharesProps {
  readonly issued: CreatedRecoverySet;
  readonly onClose: () => void;
}

/** The one moment at which shares can be had. */
export function IssuedShares({ issued: { set, shares }, onClose }: IssuedSharesProps) {
  const [saved, setSaved] = useState<ReadonlySet<number>>(new Set());
  const missing = shares.length - saved.size;
  const scope = set.scope.kind === 'platform' ? 'platform' : set.scope.name;
  return (
    <>
      <Notice kind="warn" title="Save every share now: the API keeps none">
        Give each to its person. It is encrypted to him, so any way will do. {set.threshold} of{' '}
        {shares.length} recover.
      </Notice>
      <ul className="mt-3">
        {shares.map((share) => (
          <li
            key={share.index}
            className="flex items-center justify-between gap-4 border-b py-2 last:border-b-0"
          >
            <div className="min-w-0">
              <p className="font-medium">
                {share.index}. {share.name}
              </p>
              <p className="truncate font-mono text-xs text-muted">{share.recipient}</p>
            </div>
            <Button
              size="small"
              onClick={() => {
                saveShare(scope, share);
                setSaved(new Set([...saved, share.index]));
              }}
            >
              {saved.has(share.index) ? <Check className="text-ok" aria-hidden /> : <Download aria-hidden />}
              Save the share of {share.name}
            </Button>
          </li>
        ))}
      </ul>
      <DialogActions>
        <Button variant={missing === 0 ? 'primary' : 'danger'} onClick={onClose}>
          {missing === 0 ? 'Close' : `Close and lose ${missing} ${missing === 1 ? 'share' : 'shares'}`}
        </Button>
      </DialogActions>
    </>
  );
}
