import { cn } from '../../class-names.ts';
import { isDifference, type PcrRow } from './pcr-rows.ts';
import { VerdictBadge } from './verdict.tsx';

/** PCRs as quoted and as wanted; what differs stands out and names the events of the log behind it. */
export function PcrTable({ rows }: { rows: readonly PcrRow[] }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left">
        <caption className="sr-only">Platform configuration registers: quoted and wanted</caption>
        <thead>
          <tr className="border-b text-xs text-muted">
            <th scope="col" className="h-8 w-56 pr-3 pl-4 font-medium">
              PCR
            </th>
            <th scope="col" className="px-3 font-medium">
              Value
            </th>
            <th scope="col" className="w-40 pr-4 pl-3 font-medium">
              Verdict
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.pcr} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: PcrRow }) {
  const differs = isDifference(row.verdict);
  return (
    <tr
      data-pcr={row.pcr}
      data-verdict={row.verdict}
      className={cn('border-b align-top last:border-b-0', row.verdict === 'mismatch' && 'bg-bad-soft/60')}
    >
      <th scope="row" className="py-2 pr-3 pl-4 font-normal">
        <span className="flex gap-2">
          <span className="w-5 shrink-0 font-mono font-semibold tabular-nums">{row.pcr}</span>
          <span className="text-muted">{row.use}</span>
        </span>
      </th>
      <td className="px-3 py-2">
        {differs ? <Difference row={row} /> : <Digest text={row.got} />}
        {row.comment !== null && <p className="text-xs text-muted">{row.comment}</p>}
      </td>
      <td className="py-2 pr-4 pl-3">
        <VerdictBadge verdict={row.verdict} />
      </td>
    </tr>
  );
}

function Difference({ row: { got, wanted, reason, event, verdict } }: { row: PcrRow }) {
  return (
    <>
      <dl className="grid grid-cols-[3.5rem_minmax(0,1fr)] gap-x-2">
        <dt className="text-xs leading-5 text-muted">got</dt>
        <dd className={verdict === 'mismatch' ? 'text-bad' : 'text-warn'}>
          <Digest text={got} />
        </dd>
        <dt className="text-xs leading-5 text-muted">wanted</dt>
        <dd>
          {wanted.map((value) => (
            <Digest key={value} text={value} />
          ))}
        </dd>
        {event !== null && (
          <>
            <dt className="text-xs leading-5 text-muted">event</dt>
            <dd className="font-mono text-xs leading-5 break-words">{event}</dd>
          </>
        )}
      </dl>
      {reason !== null && <p className="mt-0.5 text-xs">{reason}</p>}
    </>
  );
}

function Digest({ text }: { text: string | null }) {
  if (text === null) return <span className="text-xs leading-5 text-faint">nothing was quoted</span>;
  return <code className="block font-mono text-xs leading-5 break-all">{text}</code>;
}
