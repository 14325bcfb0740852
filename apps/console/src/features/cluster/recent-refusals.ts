import type { Enrolment } from '@asterism/contracts';

const RECENT_MS = 3_600_000;

/** Machines that were refused within the last hour, and the claims that they were refused for. */
export function recentRefusals(
  enrolments: readonly Pick<Enrolment, 'state' | 'updatedAt' | 'poolName' | 'appraisal'>[],
  now: number,
): { readonly count: number; readonly reasons: string } {
  const recent = enrolments.filter(
    ({ state, updatedAt }) => state === 'refused' && now - Date.parse(updatedAt) < RECENT_MS,
  );
  const reasons = new Set(
    recent.flatMap(({ poolName, appraisal }) =>
      (appraisal?.findings ?? []).map(({ claim }) => `${claim} in ${poolName}`),
    ),
  );
  return { count: recent.length, reasons: [...reasons].join(', ') };
}
