interface Share {
  readonly index: number;
  readonly name: string;
  readonly encrypted: string;
}

/** `asterism-recovery-local-2-grace.age`: says whose it is, and of what. */
export function shareFileName(scope: string, { index, name }: Pick<Share, 'index' | 'name'>): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return ['asterism-recovery', scope, index, plain].filter((part) => part !== '').join('-') + '.age';
}

/** Offers a share to the browser as a file. */
export function saveShare(scope: string, share: Share): void {
  const url = URL.createObjectURL(new Blob([share.encrypted], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = shareFileName(scope, share);
  link.click();
  URL.revokeObjectURL(url);
}
