import type { AppraisalResult, EarStatus, TrustworthinessVector } from '@asterism/contracts';

/**
 * The profile whose JSON claims are named as protocol §4 names them (`ear.status`, …): draft-fv-rats-ear-05 §3.
 * draft-ietf-rats-ear-04 (`tag:ietf.org,2026:rats/ear#04`) renamed them to `ear_status` and so on.
 */
export const EAR_PROFILE = 'tag:github.com,2023:veraison/ear';

export interface EarAppraisal {
  readonly 'ear.status': EarStatus;
  readonly 'ear.trustworthiness-vector'?: TrustworthinessVector;
  readonly 'ear.appraisal-policy-id': string;
}

/** Claims of an EAT Attestation Result; the caller signs them as JWT (ES256). */
export interface EarClaims {
  readonly eat_profile: typeof EAR_PROFILE;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly eat_nonce?: string;
  readonly 'ear.verifier-id': { readonly developer: string; readonly build: string };
  readonly submods: Readonly<Record<string, EarAppraisal>>;
}

export interface EarInput {
  /** Label of the submodule: the node's name. */
  readonly node: string;
  readonly result: AppraisalResult;
  /** URI or other text that names pool and version of the policy. */
  readonly policyId: string;
  /** base64url, of whoever asked for the result; null where nobody did. */
  readonly nonce: string | null;
  readonly issuedAt: Date;
  readonly verifier: { readonly developer: string; readonly build: string };
}

/** EAR claims-set for one node. An empty vector is left out, as the draft's CDDL has no empty one. */
export function toEarClaims(input: EarInput): EarClaims {
  const { result } = input;
  const vector = result.trustworthiness;
  return {
    eat_profile: EAR_PROFILE,
    iat: Math.floor(input.issuedAt.getTime() / 1000),
    ...(input.nonce === null ? {} : { eat_nonce: input.nonce }),
    'ear.verifier-id': { developer: input.verifier.developer, build: input.verifier.build },
    submods: {
      [input.node]: {
        'ear.status': result.status,
        ...(Object.keys(vector).length > 0 ? { 'ear.trustworthiness-vector': vector } : {}),
        'ear.appraisal-policy-id': input.policyId,
      },
    },
  };
}
