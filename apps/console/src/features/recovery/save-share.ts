import type { CreatedRecoverySet } from '@asterism/api-client';
import { shareFileName } from './share-file-name.ts';

/** Offers a share to the browser as a file. */
export function saveShare(scope: string, share: CreatedRecoverySet['shares'][number]): void {
  const url = URL.createObjectURL(new Blob([share.encrypted], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = shareFileName(scope, share);
  link.click();
  URL.revokeObjectURL(url);
}
