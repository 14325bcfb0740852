import type { DryRun } from '@asterism/api-client';
import { OutcomeBadge } from '../../components/domain/states.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';

/** What would become of each node under the document. */
export function DryRunSummary({ result: { nodes, summary } }: { result: DryRun }) {
  if (nodes.length === 0) return <p className="text-muted">The pool has no nodes that this could change.</p>;
  return (
    <>
      {summary.wouldBeLost.length > 0 ? (
        <Notice kind="bad" title={`${summary.wouldBeLost.join(', ')} would be refused`}>
          Accepted now, quarantined under this version.
        </Notice>
      ) : (
        <Notice kind={summary.undecided > 0 ? 'warn' : 'ok'} title="No node would be lost">
          {summary.accepted} accepted, {summary.refused} refused, {summary.undecided} undecided, by their
          latest evidence.
        </Notice>
      )}
      <div className="mt-4 overflow-x-auto rounded-md border">
        <table className="w-full text-left">
          <caption className="sr-only">Nodes under this version</caption>
          <thead>
            <tr className="border-b text-xs text-muted">
              {['Node', 'Now', 'Under this version', 'Because of', 'Evidence'].map((heading) => (
                <th key={heading} scope="col" className="h-8 px-3 font-medium">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <tr key={node.nodeId} className="border-b last:border-b-0">
                <th scope="row" className="h-8 px-3 font-medium">
                  {node.name}
                </th>
                <td className="px-3">
                  {node.current === null ? '–' : <OutcomeBadge outcome={node.current} />}
                </td>
                <td className="px-3">
                  {node.result === null ? (
                    <span className="text-muted">no evidence</span>
                  ) : (
                    <OutcomeBadge outcome={node.result.outcome} status={node.result.status} />
                  )}
                </td>
                <td className="px-3 py-1.5 text-xs">
                  {node.result?.findings.map(({ claim, code, message }) => (
                    <p key={`${claim} ${code}`}>
                      <span className="font-mono">{claim}</span>: {message}
                    </p>
                  ))}
                </td>
                <td className="px-3 text-xs text-muted">
                  {node.evidenceAt !== null && <RelativeTime at={node.evidenceAt} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
