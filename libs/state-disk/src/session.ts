import type { FileHandle } from 'node:fs/promises';
import type { Protection } from './luks2/metadata.ts';
import type { OpenStateDiskOptions } from './state-disk.ts';
import type { Cryptsetup } from './system/cryptsetup.ts';
import type { HeaderCopy } from './system/header-copy.ts';

/** One open, under way. */
export interface Session {
  readonly options: OpenStateDiskOptions;
  readonly device: FileHandle;
  readonly protection: Protection;
  readonly header: HeaderCopy;
  readonly cryptsetup: Cryptsetup;
}

export function mappingPath(name: string): string {
  return `/dev/mapper/${name}`;
}
