import { sha256, toHex } from '@asterism/bytes';
import { createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AuditService } from '../audit/audit.service.ts';
import { startCollateralUpkeep } from '../collateral/collateral-upkeep.ts';
import type { Configuration, Listen } from '../configuration.ts';
import { startHousekeeping } from '../housekeeping/housekeeping.ts';
import { startKeyUpkeep } from '../kek/key-upkeep.ts';
import { openKekServices } from '../kek/open-providers.ts';
import { ApiAttester, startNodeApplication } from '../node/index.ts';
import { Repeated } from '../node/repeated.ts';
import { createOperatorApplication } from '../operator-application.ts';
import type { Logger } from '../platform/logger.ts';
import { createMetrics } from '../platform/metrics.ts';
import type { RequestTracer } from '../platform/request-tracer.ts';
import { startUnsealing } from '../seal/unsealing.ts';
import { startAccessUpkeep } from '../ssh-grants/access-upkeep.ts';
import { VERSION } from '../version.ts';
import { Closers } from './closers.ts';
import { makeFirstToken } from './first-token.ts';
import { makePlatform } from './make-platform.ts';
import { openDatabase } from './open-database.ts';
import { openOwnTpm } from './open-own-tpm.ts';
import { openSeals } from './open-seals.ts';
import { readIdentityKey, readTls } from './read-files.ts';
import { StartError } from './start-error.ts';
import { removeReadyFile, writeReadyFile, type Ready } from './ready-file.ts';

export interface RunningApi {
  readonly ready: Ready;
  /** Ends streams, then listeners, then the database. */
  stop(): Promise<void>;
}

const TPM_EVERY_MS = 2_000;
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/**
 * Starts everything in the order in which it is needed; whatever fails closes what was opened before.
 * @throws StartError, PersistenceError, KeysError, KekError, TpmDeviceError
 */
export async function startApi(configuration: Configuration, logger: Logger): Promise<RunningApi> {
  const closers = new Closers(logger);
  const stopping = new AbortController();
  const stop = async () => {
    stopping.abort();
    await closers.closeAll();
  };
  try {
    const ready = await start(configuration, logger, closers, stopping.signal);
    return { ready, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function start(
  configuration: Configuration,
  logger: Logger,
  closers: Closers,
  stopping: AbortSignal,
): Promise<Ready> {
  const tls = await readTls(configuration);
  const identityKey = await readIdentityKey(configuration);
  await makeDataDirectory(configuration.data);
  const tpm = await openOwnTpm(configuration.tpm, logger, closers);
  const metrics = createMetrics();
  const clock = () => new Date();
  const kek = await openKekServices({ file: configuration.kekConfig, clock, random, metrics }, closers);
  const seals = openSeals(configuration, { tpm, providers: kek.providers }, logger, random);
  const database = await openDatabase(configuration, logger, closers);
  const tracer = await openTracer(configuration);
  if (tracer !== undefined) closers.add('tracing', () => tracer.stop());
  const options = { configuration, database, seals, kek, metrics, logger, random, tracer, stopping };
  const platform = await makePlatform(options, closers);
  const unsealing = await startUnsealing({ database, sealing: platform.sealing, logger, stopping });
  closers.add('unsealing', () => unsealing.stop());
  await makeFirstToken(database, configuration.adminTokenFile, random);
  const attester =
    tpm &&
    (await ApiAttester.open({
      own: tpm,
      keyFile: join(configuration.data, 'attestation-key.json'),
      eventLog: configuration.eventLog,
    }));
  const nodes = await startNodeApplication({
    platform,
    identity: {
      version: VERSION,
      ...(attester === undefined ? {} : { tpm: attester }),
      ...(identityKey === undefined ? {} : { key: identityKey }),
    },
    listen: configuration.nodeListen,
  });
  closers.add('node listener', () => nodes.close());
  const operators = await createOperatorApplication({ platform, interrogator: nodes.interrogator, tls });
  closers.add('operator listener', () => operators.close());
  const operatorUrl = await listen(operators, configuration.operatorListen);
  const housekeeping = startHousekeeping(platform, operators.get(AuditService));
  closers.add('housekeeping', () => housekeeping.stop());
  const accessUpkeep = startAccessUpkeep(platform);
  closers.add('access upkeep', () => accessUpkeep.stop());
  const keyUpkeep = await startKeyUpkeep(platform);
  closers.add('key upkeep', () => keyUpkeep.stop());
  const upkeep = startCollateralUpkeep(platform);
  closers.add('collateral upkeep', () => upkeep.stop());
  const ready: Ready = {
    pid: process.pid,
    operatorUrl,
    nodeUrl: nodes.url,
    version: VERSION,
    attestationKeySpki: (await attester?.attestationKeySpki()) ?? null,
    identityKeySpki: identityKey === undefined ? null : await spkiSha256(identityKey),
  };
  const { readyFile } = configuration;
  if (readyFile !== undefined) {
    closers.add('ready file', () => removeReadyFile(readyFile));
    await writeReadyFile(readyFile, ready);
    if (attester !== undefined && ready.attestationKeySpki === null) {
      const awaited = awaitOwnTpm(attester, (attestationKeySpki) =>
        writeReadyFile(readyFile, { ...ready, attestationKeySpki }),
      );
      const waiting = new Repeated({ name: 'own tpm', interval: TPM_EVERY_MS, run: awaited }, logger);
      closers.add('own tpm', () => waiting.stop());
    }
  }
  return ready;
}

/** Says once which attestation key it is, when the TPM is there. */
function awaitOwnTpm(attester: ApiAttester, tell: (spki: string) => Promise<void>): () => Promise<void> {
  let told = false;
  return async () => {
    const spki = told ? undefined : await attester.attestationKeySpki();
    if (spki === undefined) return;
    await tell(spki);
    told = true;
  };
}

/** The collector's client is loaded where there is a collector. */
async function openTracer({ otlpEndpoint }: Configuration): Promise<RequestTracer | undefined> {
  if (otlpEndpoint === undefined) return undefined;
  const { openTracing } = await import('../platform/tracing.ts');
  return openTracing({ endpoint: otlpEndpoint, version: VERSION, random });
}

async function makeDataDirectory(data: string): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o711 }).catch((cause: NodeJS.ErrnoException) => {
    throw new StartError(
      'data-directory-unusable',
      `ASTERISM_DATA: ${data} is no folder (${String(cause.code)})`,
      { cause },
    );
  });
}

interface Listening {
  listen(port: number, host: string): Promise<unknown>;
  getHttpServer(): { address(): AddressInfo | string | null };
}

async function listen(application: Listening, { host, port }: Listen): Promise<string> {
  await application.listen(port, host);
  const address = application.getHttpServer().address() as AddressInfo;
  return `https://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

async function spkiSha256(key: KeyObject): Promise<string> {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return toHex(await sha256(new Uint8Array(spki)));
}
