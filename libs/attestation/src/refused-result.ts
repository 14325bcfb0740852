import type { CodedError } from '@asterism/bytes';
import type { AppraisalResult, PolicyDocument } from '@asterism/contracts';

/** Claims of what no policy accepts, which `verifyEvidence` refuses. */
const CLAIMS: Readonly<Record<string, string>> = {
  debug: 'tdx.td-attributes',
  'reserved-attributes': 'tdx.td-attributes',
  'reserved-xfam': 'tdx.xfam',
  'tcb-status': 'tdx.tcb-status',
};

/** A refusal, or no decision, before there was an appraisal, in the shape of one. */
export function refusedResult(error: CodedError, { variant }: PolicyDocument): AppraisalResult {
  const claim = (error.outcome === 'policy' ? CLAIMS[error.code] : undefined) ?? 'evidence';
  const compared = { claim, got: textOf(error.got), wanted: textsOf(error.want) };
  const decided = error.outcome !== 'undecided';
  return {
    outcome: decided ? 'refused' : 'undecided',
    status: decided ? 'contraindicated' : 'none',
    variant,
    claims: [{ ...compared, verdict: decided ? 'mismatch' : 'undecided' }],
    findings: [{ code: error.code, ...compared, message: error.message }],
    trustworthiness: toVector(error, decided),
  };
}

/** A machine that proved nothing is not recognised; a genuine one that no policy accepts has its hardware against it. */
function toVector({ outcome }: CodedError, decided: boolean): AppraisalResult['trustworthiness'] {
  if (!decided) return {};
  return outcome === 'policy' ? { hardware: 96 } : { 'instance-identity': 97 };
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((each) => textOf(each) ?? []);
}
