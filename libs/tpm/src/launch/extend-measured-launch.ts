import type { Tpm } from '../client/tpm.ts';
import type { MeasuredLaunch } from './measured-launch.ts';

/** Extends the launch into a TPM that was just reset, in the order of its log. */
export async function extendMeasuredLaunch(tpm: Tpm, launch: MeasuredLaunch): Promise<void> {
  for (const { pcr, digests } of launch.events) await tpm.pcrExtend(pcr, digests);
}
