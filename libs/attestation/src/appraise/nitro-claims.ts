import { LOCK_PCR, type NitroTpmPolicy } from '@asterism/contracts';
import type { VerifiedNitroDocument } from '@asterism/tpm';
import type { ClaimReport } from './claim-report.ts';
import { compareMeasurement } from './measurements.ts';

/** Every PCR of a policy's `nitroTpm` section against the document; the lock's apart. */
export function compareNitro(
  { document }: VerifiedNitroDocument,
  { pcrs }: NitroTpmPolicy,
  now: Date,
): ClaimReport[] {
  return Object.entries(pcrs)
    .filter(([index]) => Number(index) !== LOCK_PCR)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([index, measurement]) =>
      compareMeasurement(`nitro-tpm.pcr.${index}`, document.pcrs.get(Number(index)), measurement, {
        now,
        kind: 'pcr',
      }),
    );
}
