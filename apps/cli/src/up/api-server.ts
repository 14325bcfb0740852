import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import type { OperatorCertificate } from './authority.ts';
import { writeAtomically, type DataDirectory } from './data-directory.ts';
import { lastWords } from './last-words.ts';
import { API_BUNDLE, filesOf } from './layout.ts';
import type { Machine } from './machine.ts';
import { installMachine, type Host } from './machine-process.ts';
import type { Supervised } from './supervised.ts';
import { waitFor } from './wait.ts';

export interface ApiOptions {
  readonly machine: Machine;
  readonly certificate: OperatorCertificate;
  readonly operatorPort: number;
  readonly nodePort: number;
}

/** What the API says of itself once it listens. */
export interface ApiReady {
  readonly operatorUrl: string;
  readonly nodeUrl: string;
  readonly version: string;
  /** SHA-256 of its attestation key's SubjectPublicKeyInfo. */
  readonly attestationKeySpki: string;
}

export interface ApiServer {
  readonly process: Supervised;
  /** Measured by its launcher, as the agents' shared configuration is by theirs. */
  readonly settingsFile: string;
}

const START_SECONDS = 90;

/** The API as it runs on its own machine: software TPM, embedded database, keys sealed to the TPM. */
export async function installApi(host: Host, options: ApiOptions): Promise<ApiServer> {
  const { machine, certificate, operatorPort, nodePort } = options;
  const files = filesOf(host.directory);
  const settingsFile = join(machine.folder, 'settings.json');
  const listen = { operator: `127.0.0.1:${operatorPort}`, node: `127.0.0.1:${nodePort}` };
  const settings = { schema: 'asterism/api-settings/v1', listen, database: 'embedded', seal: 'tpm' };
  await writeAtomically(settingsFile, `${JSON.stringify(settings, null, 2)}\n`);
  const process = await installMachine(host, machine, {
    bundle: API_BUNDLE,
    sharedConfiguration: settingsFile,
    arguments: [],
    environment: {
      ASTERISM_DATA: host.directory.api,
      ASTERISM_OPERATOR_LISTEN: listen.operator,
      ASTERISM_NODE_LISTEN: listen.node,
      ASTERISM_TLS_CERTIFICATE: certificate.certificate,
      ASTERISM_TLS_KEY: certificate.key,
      ASTERISM_TPM: '{tpm}',
      ASTERISM_EVENT_LOG: '{eventLog}',
      ASTERISM_SEAL: 'tpm',
      ASTERISM_ADMIN_TOKEN_FILE: files.token,
      ASTERISM_READY_FILE: files.apiReady,
    },
  });
  return { process, settingsFile };
}

/** @throws StartError `api-failed` with the API's own words, `timeout`, `interrupted` */
export async function startApi(host: Host, { process }: ApiServer, signal: AbortSignal): Promise<ApiReady> {
  const { apiReady, token } = filesOf(host.directory);
  await requireDatabase(host.directory);
  await rm(apiReady, { force: true });
  process.start();
  const waiting = {
    what: 'the start of the API',
    seconds: START_SECONDS,
    signal,
    obstacle: () => lastWords(process),
  };
  const ready = await waitFor(waiting, async () => {
    if (!process.running) {
      throw new StartError('api-failed', `the API does not start: ${await lastWords(process)}`);
    }
    return readReady(apiReady);
  });
  if (!(await isThere(token))) {
    throw new StartError('data-directory-damaged', `${token}, the token of this data directory, is missing`);
  }
  process.restart = true;
  return ready;
}

/** With an empty database the API would make another cluster, which none of the machines belongs to. */
async function requireDatabase(directory: DataDirectory): Promise<void> {
  const [token, database] = await Promise.all([
    isThere(filesOf(directory).token),
    isThere(join(directory.api, 'postgres/data/PG_VERSION')),
  ]);
  if (token && !database) {
    throw new StartError('data-directory-damaged', `${directory.api} has lost its database`);
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function readReady(file: string): Promise<ApiReady | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : (JSON.parse(text) as ApiReady);
}
