import { KekError } from '@asterism/keys';
import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';

/** @throws KekError `kek-configuration-invalid` where a file that a section names cannot be read */
export async function readNamedFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new KekError('kek-configuration-invalid', `cannot read ${file}`, { cause });
  });
}

/** A secret that was written with an editor: the line break at its end is no part of it. */
export async function readSecretFile(file: string): Promise<string> {
  const secret = (await readNamedFile(file)).replace(/\r?\n$/, '');
  if (secret === '') throw new KekError('kek-configuration-invalid', `${file} is empty`);
  return secret;
}

/** The system's authorities and those of the file; undefined where there is no file. */
export async function readAuthorities(file: string | undefined): Promise<string[] | undefined> {
  return file === undefined ? undefined : [...getCACertificates('default'), await readNamedFile(file)];
}
