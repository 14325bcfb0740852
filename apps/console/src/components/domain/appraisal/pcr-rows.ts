import { LOCK_PCR, type AppraisalResult, type Claim } from '@asterism/contracts';

export interface PcrRow {
  readonly pcr: number;
  /** What the PCR is used for, by convention. */
  readonly use: string;
  readonly got: string | null;
  /** Accepted values; empty where the policy says `any`. */
  readonly wanted: readonly string[];
  readonly verdict: Claim['verdict'];
  /** Comment of the reference value that matched. */
  readonly comment: string | null;
  /** Why it is not a plain match. */
  readonly reason: string | null;
  /** What the event log says made the value; only where it differs. */
  readonly event: string | null;
}

/** TCG PC Client Platform Firmware Profile 1.06 §3.3.4 for 0–7; the UAPI Group's Linux TPM PCR registry for the others. */
const USES: Readonly<Record<number, string>> = {
  0: 'firmware',
  1: 'firmware configuration',
  2: 'option ROMs',
  3: 'option ROM configuration',
  4: 'boot loader, agent',
  5: 'boot configuration',
  6: 'platform events',
  7: 'secure boot',
  8: 'command line',
  9: 'kernel, files read at boot',
  10: 'IMA',
  11: 'unified kernel, configuration',
  12: 'kernel configuration',
  13: 'system extensions',
  14: 'machine owner keys',
  [LOCK_PCR]: 'lock into the cluster',
  16: 'debug',
  23: 'application',
};

const PCR_CLAIM = /^tpm\.pcr\.(\d+)$/;

/** One row a compared PCR, ascending, with what its finding says. */
export function toPcrRows({
  claims,
  findings,
}: Pick<AppraisalResult, 'claims' | 'findings'>): readonly PcrRow[] {
  return claims
    .flatMap(({ claim, got, wanted, verdict, comment }): PcrRow[] => {
      const index = PCR_CLAIM.exec(claim)?.[1];
      if (index === undefined) return [];
      const finding = findings.find((each) => each.claim === claim);
      const pcr = Number(index);
      return [
        {
          pcr,
          use: USES[pcr] ?? '',
          got,
          wanted,
          verdict,
          comment: comment ?? null,
          reason: finding?.message ?? null,
          event: finding?.event ?? null,
        },
      ];
    })
    .sort((a, b) => a.pcr - b.pcr);
}

/** The claims that are no PCR's, in the order of the appraisal. */
export function otherClaims({ claims }: Pick<AppraisalResult, 'claims'>): readonly Claim[] {
  return claims.filter(({ claim }) => !PCR_CLAIM.test(claim));
}

export function isDifference(verdict: Claim['verdict']): boolean {
  return verdict !== 'match' && verdict !== 'any';
}
