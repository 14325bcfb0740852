import type { Claim } from '@asterism/contracts';
import { cn } from '../../class-names.ts';
import { VerdictBadge } from './verdict.tsx';

/** Claims as got and as wanted. */
export function ClaimsTable({ claims }: { claims: readonly Claim[] }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left">
        <caption className="sr-only">Claims: got and wanted</caption>
        <thead>
          <tr className="border-b text-xs text-muted">
            <th scope="col" className="h-8 w-56 pr-3 pl-4 font-medium">
              Claim
            </th>
            <th scope="col" className="px-3 font-medium">
              Got
            </th>
            <th scope="col" className="px-3 font-medium">
              Wanted
            </th>
            <th scope="col" className="w-40 pr-4 pl-3 font-medium">
              Verdict
            </th>
          </tr>
        </thead>
        <tbody>
          {claims.map((claim) => (
            <Row key={claim.claim} claim={claim} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ claim: { claim, got, wanted, verdict, comment } }: { claim: Claim }) {
  return (
    <tr
      data-claim={claim}
      data-verdict={verdict}
      className={cn('border-b align-top last:border-b-0', verdict === 'mismatch' && 'bg-bad-soft/60')}
    >
      <th scope="row" className="py-2 pr-3 pl-4 font-mono text-xs leading-5 font-normal">
        {claim}
      </th>
      <td className={cn('px-3 py-2 wrap-anywhere', verdict === 'mismatch' && 'text-bad')}>
        {got === null ? <span className="text-faint">nothing</span> : <Value text={got} />}
        {comment !== undefined && <p className="text-xs text-muted">{comment}</p>}
      </td>
      <td className="px-3 py-2 wrap-anywhere">
        {wanted.length === 0 ? (
          <span className="text-xs leading-5 text-faint">{verdict === 'any' ? 'anything' : '–'}</span>
        ) : (
          wanted.slice(0, MAX_SHOWN).map((value) => <Value key={value} text={value} />)
        )}
        {wanted.length > MAX_SHOWN && (
          <p className="text-xs text-muted">and {wanted.length - MAX_SHOWN} more</p>
        )}
      </td>
      <td className="py-2 pr-4 pl-3">
        <VerdictBadge verdict={verdict} />
      </td>
    </tr>
  );
}

const MAX_SHOWN = 4;

function Value({ text }: { text: string }) {
  return <span className="block font-mono text-xs leading-5">{text}</span>;
}
