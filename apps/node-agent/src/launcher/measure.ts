import { extendMeasuredLaunch, planMeasuredLaunch, Tpm, type MeasuredLaunch } from '@asterism/tpm';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeAtomically } from '../state/write-atomically.ts';
import type { LauncherConfiguration } from './launcher-configuration.ts';

export interface MeasuredFiles {
  readonly launch: MeasuredLaunch;
  /** The copies whose bytes were measured: these run, whatever becomes of the originals. */
  readonly bundle: string;
  readonly shared: string;
}

/** Measures what is about to run into a TPM that was just reset, and writes the log of it. */
export async function measureBoot(
  configuration: LauncherConfiguration,
  dataSocket: string,
): Promise<MeasuredFiles> {
  const { runDirectory, bundle, sharedConfiguration, eventLog } = configuration;
  await mkdir(runDirectory, { recursive: true, mode: 0o700 });
  // The ending says that it is a module: there is no package.json beside the copy.
  const program = await copyMeasured(bundle, join(runDirectory, `${basename(bundle, '.js')}.mjs`), 0o500);
  const shared = await copyMeasured(sharedConfiguration, join(runDirectory, 'shared.json'), 0o400);
  const launch = await planMeasuredLaunch({
    agentBundle: program.bytes,
    sharedConfiguration: shared.bytes,
    kernelVersion: await readFile('/proc/version', 'utf8'),
    kernelCommandLine: await readFile('/proc/cmdline', 'utf8'),
  });
  const tpm = new Tpm(await openTpmUnixSocket(dataSocket));
  try {
    await extendMeasuredLaunch(tpm, launch);
  } finally {
    await tpm.close();
  }
  await writeAtomically(eventLog, launch.eventLog, { durable: false, mode: 0o644 });
  return { launch, bundle: program.copy, shared: shared.copy };
}

/** One read: the bytes that are measured are the bytes that are written. */
async function copyMeasured(original: string, copy: string, mode: number) {
  const bytes = new Uint8Array(await readFile(original));
  await writeAtomically(copy, bytes, { durable: false, mode });
  return { bytes, copy };
}
