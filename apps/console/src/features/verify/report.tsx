import type { LocalVerification } from '@asterism/attestation';
import { Check, CircleDashed, CircleHelp, X } from 'lucide-react';
import { AppraisalDetails } from '../../components/domain/appraisal/appraisal-details.tsx';
import { OutcomeBadge } from '../../components/domain/states.tsx';
import { cn } from '../../components/class-names.ts';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import type { VerificationReport } from './run-verification.ts';
import { toStages, type StageReport } from './stages.ts';
import { toVerdict } from './verdict.ts';

interface ReportProps {
  readonly report: VerificationReport;
  readonly policySource: 'api' | 'own';
}

export function Report({ report, policySource }: ReportProps) {
  const { local } = report;
  return (
    <>
      <VerdictBanner report={report} policySource={policySource} />
      <div className="grid gap-5 lg:grid-cols-2">
        <Panel title="Stages">
          <Stages stages={toStages(report)} />
        </Panel>
        <Panel
          title="What the node states about itself"
          note={local.claims !== null && 'bound into the evidence'}
        >
          <NodeClaims claims={local.claims} />
        </Panel>
      </div>
      <Panel
        title="Claims"
        note={
          <span className="inline-flex items-center gap-2">
            <OutcomeBadge outcome={local.result.outcome} status={local.result.status} />
            by this browser
          </span>
        }
        flush
      >
        <AppraisalDetails result={local.result} />
      </Panel>
    </>
  );
}

const TONES = {
  ok: 'border-ok/50 bg-ok-soft text-ok',
  warn: 'border-warn/50 bg-warn-soft text-warn',
  bad: 'border-bad/60 bg-bad-soft text-bad',
} as const;
const ICONS = { ok: Check, warn: CircleHelp, bad: X } as const;

function VerdictBanner({ report, policySource }: ReportProps) {
  const { tone, headline, explanation, differs } = toVerdict(report);
  const Icon = ICONS[tone];
  const { result, server } = report.local;
  return (
    <section
      role="alert"
      aria-label="Verdict"
      data-verdict={result.outcome}
      data-server={server.outcome}
      data-differs={differs}
      className={cn('flex items-start gap-4 rounded-lg border-2 px-5 py-4', TONES[tone])}
    >
      <Icon className="mt-0.5 size-6 shrink-0" strokeWidth={2.5} aria-hidden />
      <div className="min-w-0">
        <h2 className="text-lg leading-7 font-semibold">{headline}</h2>
        <p className="text-text">{explanation}</p>
        <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-xs text-text">
          <Pair term="This browser">
            <OutcomeBadge outcome={result.outcome} status={result.status} />
          </Pair>
          <Pair term="The server">
            <OutcomeBadge outcome={server.outcome} status={server.status} />
          </Pair>
          <Pair term="Policy">{policySource === 'own' ? 'your own' : 'the API’s active one'}</Pair>
          <Pair term="Verified">
            <RelativeTime at={report.verifiedAt.toISOString()} />
          </Pair>
        </dl>
      </div>
    </section>
  );
}

function Pair({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="inline-flex items-center gap-1.5">
      <dt className="text-muted">{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const STATES = {
  passed: [Check, 'text-ok', 'passed'],
  failed: [X, 'text-bad', 'failed'],
  undecided: [CircleHelp, 'text-warn', 'undecided'],
  'not-reached': [CircleDashed, 'text-faint', 'not reached'],
} as const;

function Stages({ stages }: { stages: readonly StageReport[] }) {
  return (
    <ol className="flex flex-col gap-2.5">
      {stages.map(({ name, shows, state }) => {
        const [Icon, colour, word] = STATES[state];
        return (
          <li key={name} data-stage={name} data-state={state} className="flex items-start gap-2.5">
            <Icon className={cn('mt-0.5 size-4 shrink-0', colour)} aria-hidden />
            <div className={state === 'not-reached' ? 'text-faint' : ''}>
              <p>
                <span className="font-medium">{name}</span>{' '}
                <span className={cn('text-xs', colour)}>{word}</span>
              </p>
              <p className="text-xs text-muted">{shows}</p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function NodeClaims({ claims }: { claims: LocalVerification['claims'] }) {
  if (claims === null) {
    return (
      <p className="text-muted">
        Not shown: without genuine evidence nobody knows whose statements they are.
      </p>
    );
  }
  return (
    <Facts
      facts={[
        { term: 'Agent', value: <code className="font-mono text-xs">{claims.agentVersion}</code> },
        {
          term: 'TLS key',
          value: <Copyable value={claims.tlsPublicKey} label="the fingerprint of the TLS key" />,
        },
        ...claims.sshHostKeys.map((key, index) => ({
          term: index === 0 ? 'SSH host keys' : `SSH host key ${index + 1}`,
          value: <Copyable value={key} label="the fingerprint of an SSH host key" />,
        })),
      ]}
    />
  );
}
