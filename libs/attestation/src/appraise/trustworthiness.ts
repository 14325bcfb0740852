import type { AppraisalOutcome, Claim, EarStatus, TrustworthinessVector } from '@asterism/contracts';
import { isLockClaim } from './lock-claim.ts';

export function outcomeOf(claims: readonly Claim[]): AppraisalOutcome {
  if (claims.some((claim) => claim.verdict === 'mismatch')) return 'refused';
  return claims.some((claim) => claim.verdict === 'undecided') ? 'undecided' : 'accepted';
}

/** EAR §3.2.2: never a tier above that of the worst claim. */
export function statusOf(claims: readonly Claim[]): EarStatus {
  const outcome = outcomeOf(claims);
  if (outcome === 'refused') return 'contraindicated';
  if (outcome === 'undecided') return 'none';
  return claims.some((claim) => claim.verdict === 'warning') ? 'warning' : 'affirming';
}

type Category = keyof TrustworthinessVector;

/** AR4SI §2.3.4 code points of each category for a match, a warning and a mismatch. */
const CODE_POINTS: Readonly<Record<Category, { match: number; warning: number; mismatch: number }>> = {
  // recognised · — · not recognised
  'instance-identity': { match: 2, warning: 32, mismatch: 97 },
  // approved · known weaknesses · unsupportable
  configuration: { match: 2, warning: 32, mismatch: 96 },
  // approved at boot · unrecognised · contraindicated
  executables: { match: 3, warning: 33, mismatch: 96 },
  // genuine · — · not recognised
  hardware: { match: 2, warning: 32, mismatch: 97 },
};

/** Which category a claim speaks for, by how its name starts; the first that fits. */
const CATEGORIES: readonly (readonly [RegExp, Category])[] = [
  [/^(?:tpm\.ek\.certificate|tpm\.ak\.(?:certificate|vouched))$/, 'hardware'],
  [/^(?:tpm\.(?:ak|ek)\.|machine\.|snp\.chip-id$|tdx\.platform$)/, 'instance-identity'],
  [/^tpm\.(?:pcr|event-log$|bank$)|^nitro-tpm\.pcr/, 'executables'],
  [/^snp\.(?:measurement|id-key-digest|author-key-digest)$/, 'executables'],
  [/^tdx\.(?:mr-td|rtmr\d|event-log)$/, 'executables'],
  [/^snp\.(?:product|signing-key|revocation|tcb\.|firmware|mitigations\.)/, 'hardware'],
  [/^tdx\.(?:module\.|tcb-)|^collateral\./, 'hardware'],
  [/^(?:snp|tdx)\./, 'configuration'],
];

function categoryOf(claim: string): Category | null {
  if (isLockClaim(claim)) return 'configuration';
  return CATEGORIES.find(([name]) => name.test(claim))?.[1] ?? null;
}

/** A category is left out where no claim speaks for it: every one was `any`, or could not be decided. */
export function toTrustworthinessVector(claims: readonly Claim[]): TrustworthinessVector {
  const vector: TrustworthinessVector = {};
  for (const category of Object.keys(CODE_POINTS) as Category[]) {
    const verdicts = claims
      .filter((claim) => categoryOf(claim.claim) === category)
      .map((claim) => claim.verdict);
    const points = CODE_POINTS[category];
    if (verdicts.includes('mismatch')) vector[category] = points.mismatch;
    else if (verdicts.includes('undecided')) continue;
    else if (verdicts.includes('warning')) vector[category] = points.warning;
    else if (verdicts.includes('match')) vector[category] = points.match;
  }
  return vector;
}
