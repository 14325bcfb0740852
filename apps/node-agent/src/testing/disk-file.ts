import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Whether this key opens a keyslot, as cryptsetup itself says. */
export function opensWith(disk: string, key: Uint8Array): boolean {
  const options = [
    'open',
    '--test-passphrase',
    '--type',
    'luks2',
    '--key-file',
    '-',
    '--keyfile-size',
    String(key.length),
  ];
  const { status, error } = spawnSync('/usr/sbin/cryptsetup', [...options, disk], { input: key });
  if (error !== undefined) throw error;
  return status === 0;
}

/** The header's metadata. */
export function metadataOf(disk: string): {
  readonly keyslots: object;
  readonly tokens: Record<string, { readonly epoch?: number }>;
} {
  const json = execFileSync('/usr/sbin/cryptsetup', ['luksDump', '--dump-json-metadata', disk]);
  return JSON.parse(json.toString()) as ReturnType<typeof metadataOf>;
}

export const digestOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');
