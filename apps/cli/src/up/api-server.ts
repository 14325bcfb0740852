import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import type { OperatorCertificate } from './authority.ts';
import { writeAtomically } from './data-directory.ts';
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
  await rm(apiReady, { force: true });
  process.start();
  const ready = await waitFor({ what: 'the start of the API', seconds: START_SECONDS, signal }, async () => {
    if (!process.running) throw await toFailure(process);
    return readReady(apiReady);
  });
  await readFile(token).catch((cause: unknown) => {
    throw new StartError('data-directory-damaged', `${token}, the token of this data directory, is missing`, {
      cause,
    });
  });
  process.restart = true;
  return ready;
}

async function readReady(file: string): Promise<ApiReady | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : (JSON.parse(text) as ApiReady);
}

interface LogLine {
  readonly level?: unknown;
  readonly code?: unknown;
  readonly msg?: unknown;
  readonly message?: unknown;
}

/** The API logs JSON; the last line with a code says why it ended. */
async function toFailure(process: Supervised): Promise<StartError> {
  const tail = await process.tail(40);
  const reason = tail
    .split('\n')
    .reverse()
    .map(parseLine)
    .find((line) => typeof line?.code === 'string');
  if (reason === undefined || reason === null) {
    return new StartError('api-failed', `the API ended while it started:\n${tail}`);
  }
  const { code, msg, message } = reason;
  return new StartError('api-failed', `the API does not start: ${String(code)}: ${String(msg ?? message)}`);
}

function parseLine(line: string): LogLine | null {
  try {
    return JSON.parse(line) as LogLine | null;
  } catch {
    return null;
  }
}
