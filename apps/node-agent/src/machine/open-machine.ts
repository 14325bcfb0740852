import type { Bytes } from '@asterism/bytes';
import type { Variant } from '@asterism/contracts';
import { readFirmwareEventLog } from '@asterism/tee-device';
import { readFile } from 'node:fs/promises';
import type { AgentConfiguration } from '../configuration/agent-configuration.ts';
import { ConfigurationError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import { readIssuers } from './endorsement-key.ts';
import { lookAt } from './look-at.ts';
import type { Machine } from './machine.ts';
import { openStatedMachine } from './open-stated-machine.ts';
import { openTpmMachine } from './tpm-machine.ts';

export interface MachineOptions {
  readonly own: AgentConfiguration;
  readonly target: { readonly cluster: string; readonly pool: string };
  readonly files: StateDirectory;
  readonly random: (length: number) => Uint8Array;
  readonly log: Logger;
}

/** Bound of the event log in evidence. */
const MAX_EVENT_LOG = 512 * 1024;
/** Milliseconds for one exchange with a cloud's metadata service. */
const METADATA_TIMEOUT = 10_000;

/** The machine that the configuration describes. @throws ConfigurationError, and what its devices throw */
export async function openMachine({ own, target, files, random, log }: MachineOptions): Promise<Machine> {
  const variant = own.variant === 'auto' ? await findVariant(own, random, log) : own.variant;
  const eventLog = await readEventLog(own, variant);
  const attestationKeyFile = files.attestationKey;
  if (variant === 'tpm') {
    if (own.tpm === null)
      throw new ConfigurationError('configuration-invalid', 'tpm: evidence of tpm needs one');
    const ekIssuers = await readIssuers('ekIssuers', own.ekIssuers);
    return openTpmMachine({ tpm: own.tpm, attestationKeyFile, eventLog, ekIssuers, target });
  }
  return openStatedMachine({
    variant,
    tpm: own.tpm,
    roots: own.deviceRoots,
    imds: { base: own.azureMetadata, timeout: METADATA_TIMEOUT },
    attestationKeyFile,
    bootRecordFile: files.bootRecord,
    eventLog,
    akIssuers: await readIssuers('akIssuers', own.akIssuers),
    ...{ target, random, log },
  });
}

async function findVariant(
  { deviceRoots: roots, tpm }: AgentConfiguration,
  random: MachineOptions['random'],
  log: Logger,
): Promise<Variant> {
  const { suggestion } = await lookAt({ roots, tpm, random });
  if (suggestion.variant === null) {
    const { code, because } = suggestion;
    throw new ConfigurationError('variant-undetermined', `variant: auto finds none (${code}): ${because}`, {
      got: code,
    });
  }
  log.info({ ...suggestion }, 'machine looks like this variant');
  return suggestion.variant;
}

async function readEventLog(
  { eventLog: source, deviceRoots }: AgentConfiguration,
  variant: Variant,
): Promise<Bytes | null> {
  if (source === null) return null;
  const bytes =
    source === 'firmware'
      ? await readFirmwareEventLog(deviceRoots, variant === 'tdx' ? 'cc' : 'tpm')
      : await readLogFile(source);
  if (bytes !== null && bytes.length > MAX_EVENT_LOG) {
    throw new ConfigurationError(
      'configuration-invalid',
      `eventLog: ${source} is over ${MAX_EVENT_LOG} bytes`,
    );
  }
  return bytes;
}

async function readLogFile(file: string): Promise<Bytes> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const message = `eventLog: ${file} cannot be read (${cause.code})`;
    throw new ConfigurationError('configuration-invalid', message, { cause });
  });
  return new Uint8Array(bytes);
}
