import { rename, rm, writeFile } from 'node:fs/promises';

export interface Ready {
  readonly pid: number;
  readonly operatorUrl: string;
  readonly nodeUrl: string;
  readonly version: string;
  /** SHA-256 of the SPKI, hexadecimal; null where there is no such key. */
  readonly attestationKeySpki: string | null;
  readonly identityKeySpki: string | null;
}

/** Whole or not at all: whoever waits for it reads it complete. */
export async function writeReadyFile(file: string, ready: Ready): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, `${JSON.stringify(ready)}\n`, { mode: 0o644 });
  await rename(temporary, file);
}

export function removeReadyFile(file: string): Promise<void> {
  return rm(file, { force: true });
}
