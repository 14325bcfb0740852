import { readFile } from 'node:fs/promises';
import { toHex } from '@asterism/bytes';
import { planMeasuredLaunch } from '@asterism/tpm';

/** PCR → digest in hexadecimal, SHA-256 bank. */
export type ReferenceValues = ReadonlyMap<number, string>;

export interface LaunchFiles {
  readonly bundle: Uint8Array;
  readonly sharedConfiguration: Uint8Array;
}

/** What the PCRs of a machine will say once its launcher has measured these files on this kernel. */
export async function computeReferenceValues(files: LaunchFiles): Promise<ReferenceValues> {
  const [kernelVersion, kernelCommandLine] = await Promise.all([
    readFile('/proc/version', 'utf8'),
    readFile('/proc/cmdline', 'utf8'),
  ]);
  const { expectedPcrs } = await planMeasuredLaunch({
    agentBundle: files.bundle,
    sharedConfiguration: files.sharedConfiguration,
    kernelVersion,
    kernelCommandLine,
  });
  return new Map([...expectedPcrs].map(([pcr, digest]) => [pcr, toHex(digest)]));
}
