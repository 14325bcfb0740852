import { readFileSync } from 'node:fs';

/** What the console's server is told by its environment. `PORT` and `HOSTNAME` are read by Next's own server. */
export interface Environment {
  /** Origin of the operator listener. */
  readonly api: string;
  /** PEM of the authority that signed its certificate; null: the system's authorities. */
  readonly ca: string | null;
}

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * - `ASTERISM_API` (required): address of the operator listener, https.
 * - `ASTERISM_CA`: PEM file of the authority that signed its certificate.
 * @throws EnvironmentError that names the variable
 */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const { ASTERISM_API: api, ASTERISM_CA: caFile } = variables;
  if (api === undefined || api === '') throw new EnvironmentError('ASTERISM_API is not set');
  const url = URL.canParse(api) ? new URL(api) : null;
  if (url?.protocol !== 'https:') throw new EnvironmentError(`ASTERISM_API is not an https URL: ${api}`);
  return { api: url.origin, ca: caFile === undefined || caFile === '' ? null : readPem(caFile) };
}

/** Set by Next itself, at build time. */
export const DEVELOPMENT = process.env.NODE_ENV === 'development';

function readPem(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new EnvironmentError(`ASTERISM_CA ${file} cannot be read (${reason})`, { cause });
  }
  if (!/^-----BEGIN CERTIFICATE-----$/m.test(text))
    throw new EnvironmentError(`ASTERISM_CA ${file} holds no PEM certificate`);
  return text;
}
