import type { Measurement, PolicyDocument, PolicyOf } from '@asterism/contracts';
import { Badge } from '../../components/ui/badge.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Facts } from '../../components/ui/facts.tsx';

/** A policy in words, and the document itself as it was stored. `any` is a decision, and shown as one. */
export function PolicyDocumentView({ document }: { document: PolicyDocument }) {
  const tpm = 'tpm' in document ? document.tpm : null;
  return (
    <div className="flex flex-col gap-4">
      <Facts
        facts={[
          { term: 'Approval', value: document.approval },
          { term: 'Appraised again', value: `every ${document.reattestationInterval} s` },
          ...(document.variant === 'tpm'
            ? [
                {
                  term: 'Attestation key',
                  value: <AttestationKey policy={document.tpm.attestationKey} />,
                },
              ]
            : []),
          ...(tpm === null
            ? []
            : [{ term: 'Event log', value: tpm.eventLog === 'any' ? <AnyBadge /> : tpm.eventLog }]),
        ]}
      />
      {tpm !== null && <QuotedValues tpm={tpm} />}
      <details>
        <summary className="text-muted hover:text-text">The document as JSON</summary>
        <pre className="mt-2 max-h-96 overflow-auto rounded-md border bg-canvas p-3 font-mono text-xs leading-5">
          {JSON.stringify(document, null, 2)}
        </pre>
      </details>
    </div>
  );
}

type QuotedPolicy = Extract<PolicyDocument, { tpm: object }>['tpm'];

function QuotedValues({ tpm }: { tpm: QuotedPolicy }) {
  return (
    <div className="overflow-x-auto rounded-md border">
      <table className="w-full text-left">
        <caption className="sr-only">Reference values</caption>
        <thead>
          <tr className="border-b text-xs text-muted">
            {['PCR', 'Mode', `Accepted values (${tpm.bank})`, 'Comment'].map((heading) => (
              <th key={heading} scope="col" className="h-8 px-3 font-medium">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(tpm.pcrs)
            .sort(([a], [b]) => Number(a) - Number(b))
            .map(([pcr, measurement]) => (
              <MeasurementRows key={pcr} pcr={pcr} measurement={measurement} />
            ))}
        </tbody>
      </table>
    </div>
  );
}

function AnyBadge() {
  return <Badge tone="warn">any</Badge>;
}

function MeasurementRows({ pcr, measurement: { mode, values } }: { pcr: string; measurement: Measurement }) {
  const modeBadge = <Badge tone={mode === 'warn' ? 'warn' : 'neutral'}>{mode}</Badge>;
  if (values === 'any') {
    return (
      <tr className="border-b last:border-b-0">
        <th scope="row" className="h-8 px-3 font-mono">
          {pcr}
        </th>
        <td className="px-3">{modeBadge}</td>
        <td className="px-3">
          <AnyBadge />
        </td>
        <td />
      </tr>
    );
  }
  return values.map(({ digest, comment, from, until }, index) => (
    <tr key={digest} className="border-b align-top last:border-b-0">
      <th scope="row" className="px-3 py-1.5 font-mono">
        {index === 0 && pcr}
      </th>
      <td className="px-3 py-1.5">{index === 0 && modeBadge}</td>
      <td className="px-3 py-1.5 font-mono text-xs leading-5 break-all">{digest}</td>
      <td className="px-3 py-1.5">
        {comment}
        {from !== undefined && <p className="text-xs text-muted">from {from}</p>}
        {until !== undefined && <p className="text-xs text-muted">until {until}</p>}
      </td>
    </tr>
  ));
}

function AttestationKey({ policy }: { policy: PolicyOf<'tpm'>['tpm']['attestationKey'] }) {
  if (policy.trust === 'pinned') return `pinned: ${policy.keys.length}`;
  if (policy.trust === 'certificate') {
    return `certificate of ${policy.roots.map(({ name }) => name).join(', ')}`;
  }
  return (
    <div className="flex flex-col gap-0.5">
      <p>proved by credential activation against the endorsement key</p>
      <p>
        roots:{' '}
        {policy.roots === 'any' ? (
          <AnyBadge />
        ) : (
          policy.roots.map(({ name, spkiSha256 }) => (
            <span key={spkiSha256} className="mr-2">
              {name} <Copyable value={spkiSha256} ends={8} label={`the fingerprint of ${name}`} />
            </span>
          ))
        )}
      </p>
      <p>machines: {policy.allow === 'any' ? <AnyBadge /> : `${policy.allow.length} named by identity`}</p>
    </div>
  );
}
