import { readFile } from 'node:fs/promises';
import { connect, type ApiConnection } from '../connection/client.ts';
import type { DataDirectory } from './data-directory.ts';
import { CLUSTER, filesOf } from './layout.ts';

/** A client with the first admin token, which the API has left in the data directory. */
export async function connectLocal(
  directory: DataDirectory,
  url: string,
  authorityFile: string,
  signal: AbortSignal,
): Promise<ApiConnection> {
  const [token, ca] = await Promise.all([
    readFile(filesOf(directory).token, 'utf8'),
    readFile(authorityFile, 'utf8'),
  ]);
  return connect({ url, ca, caFile: authorityFile, token: token.trim(), cluster: CLUSTER }, signal);
}
