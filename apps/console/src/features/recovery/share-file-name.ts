interface Share {
  readonly index: number;
  readonly name: string;
}

/** `asterism-recovery-local-2-grace.age`: says whose it is, and of what. */
export function shareFileName(scope: string, { index, name }: Share): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return ['asterism-recovery', scope, index, plain].filter((part) => part !== '').join('-') + '.age';
}
