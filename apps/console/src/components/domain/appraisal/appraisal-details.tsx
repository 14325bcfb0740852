import type { AppraisalResult } from '@asterism/contracts';
import { Notice } from '../../ui/notice.tsx';
import { ClaimsTable } from './claims-table.tsx';
import { Findings } from './findings.tsx';
import { otherClaims, toPcrRows } from './pcr-rows.ts';
import { PcrTable } from './pcr-table.tsx';

const TITLES = {
  refused: 'Refused: this is not what the policy accepts',
  undecided: 'Undecided: what is needed for a verdict is missing',
  accepted: 'Accepted, with a warning',
} as const;

/** Everything that an appraisal says: why it is not plain, the PCRs, the other claims. */
export function AppraisalDetails({ result }: { result: AppraisalResult }) {
  const pcrs = toPcrRows(result);
  const others = otherClaims(result);
  return (
    <>
      {result.findings.length > 0 && (
        <div className="p-4 pb-3">
          <Notice kind={result.outcome === 'refused' ? 'bad' : 'warn'} title={TITLES[result.outcome]}>
            <Findings findings={result.findings} />
          </Notice>
        </div>
      )}
      {pcrs.length > 0 && <PcrTable rows={pcrs} />}
      {others.length > 0 && (
        <div className={pcrs.length > 0 ? 'border-t' : ''}>
          <ClaimsTable claims={others} />
        </div>
      )}
    </>
  );
}
