import { isZero, toHex } from '@asterism/bytes';
import type { TdxPolicy } from '@asterism/contracts';
import { isTcbAcceptable, type VerifiedTdxQuote } from '@asterism/tdx';
import type { VerifiedTdxSection } from '../stages.ts';
import { accepted, differs, matches, warns, type ClaimReport } from './claim-report.ts';
import { compareListed } from './lists.ts';
import { compareMeasurement, describeEvents } from './measurements.ts';
import { compareEventLog } from './quote-claims.ts';

const REGISTERS = ['rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'] as const;

/**
 * Every field of a policy's `tdx` section against the quote. Debug and statuses that no policy can accept were refused by
 * `verifyEvidence`.
 * @param bootRtmr2 RTMR 2 as booted: the lock is compared for itself
 */
export function compareTdx(
  { quote, log }: VerifiedTdxSection,
  policy: TdxPolicy,
  bootRtmr2: Uint8Array,
  now: Date,
): ClaimReport[] {
  const { report } = quote;
  const measured = { ...report, rtmr2: bootRtmr2 };
  return [
    compareMeasurement('tdx.mr-td', report.mrTd, policy.mrTd, { now }),
    ...REGISTERS.map((name, index) =>
      compareMeasurement(`tdx.${name}`, measured[name], policy[name], {
        now,
        event: describeEvents(log?.events ?? null, index + 1, 'sha384'),
      }),
    ),
    compareEventLog('tdx.event-log', log?.events.length ?? null, policy.eventLog),
    compareMeasurement('tdx.module.mr-seam', report.mrSeam, policy.module.mrSeam, { now }),
    compareModuleSvn(quote, policy),
    compareMeasurement('tdx.mr-config-id', report.mrConfigId, policy.mrConfigId, { now }),
    compareMeasurement('tdx.mr-owner', report.mrOwner, policy.mrOwner, { now }),
    compareMeasurement('tdx.mr-owner-config', report.mrOwnerConfig, policy.mrOwnerConfig, { now }),
    compareServiceTd(quote),
    compareMask('tdx.xfam', report.xfam, policy.xfam),
    compareMask('tdx.td-attributes', report.tdAttributes, policy.tdAttributes),
    compareStatus(quote, policy, now),
    compareEvaluationNumber(quote, policy),
    comparePlatform(quote, policy),
  ];
}

/**
 * No service TD: it may migrate the trust domain or act for it, so that what was measured is not all that counts. A policy
 * has no word for one. TDX 1.0 knows none.
 */
function compareServiceTd({ report: { tdx15 } }: VerifiedTdxQuote): ClaimReport {
  const bound = tdx15?.mrServiceTd ?? new Uint8Array(48);
  const compared = { claim: 'tdx.mr-service-td', got: toHex(bound), wanted: [toHex(new Uint8Array(48))] };
  return isZero(bound)
    ? matches(compared)
    : differs(compared, { code: 'service-td-bound', message: 'the trust domain is bound to a service TD' });
}

/** The lowest byte of TEE_TCB_SVN, of the launch: a module that was updated since does not lift it. */
function compareModuleSvn({ report }: VerifiedTdxQuote, { module }: TdxPolicy): ClaimReport {
  const claim = 'tdx.module.svn';
  const svn = report.teeTcbSvn[0] ?? 0;
  if (module.minimumSvn === 'any') return accepted(claim, String(svn));
  const compared = { claim, got: String(svn), wanted: [`at least ${module.minimumSvn}`] };
  return svn >= module.minimumSvn
    ? matches(compared)
    : differs(compared, { code: 'module-too-old', message: 'the TDX module is older than the policy takes' });
}

function compareMask(claim: string, value: Uint8Array, wanted: 'any' | readonly string[]): ClaimReport {
  const got = toHex(value);
  if (wanted === 'any') return accepted(claim, got);
  return compareListed(claim, got, wanted, {
    code: 'attributes-mismatch',
    message: 'value is none of the accepted ones',
  });
}

/** S14: UpToDate, or under an exception that is not over and names the status and every advisory, with a warning. */
function compareStatus(quote: VerifiedTdxQuote, { tcbStatus }: TdxPolicy, now: Date): ClaimReport {
  const { exceptions } = tcbStatus;
  const got = [quote.tcbStatus, ...quote.advisoryIds].join(' ');
  const wanted = [
    'UpToDate',
    ...exceptions.map(
      ({ status, advisories, until }) => `${[status, ...advisories].join(' ')} until ${until}`,
    ),
  ];
  const compared = { claim: 'tdx.tcb-status', got, wanted };
  if (quote.tcbStatus === 'UpToDate') return matches(compared);
  const covering = exceptions.find((exception) => isTcbAcceptable(quote, [exception], now));
  return covering === undefined
    ? differs(compared, {
        code: 'tcb-status-not-accepted',
        message: `TCB status is ${quote.tcbStatus}, and no exception that names every advisory covers it`,
      })
    : warns(compared, {
        code: 'tcb-status-excepted',
        message: `TCB status is ${quote.tcbStatus}, accepted until ${covering.until}: ${covering.comment}`,
      });
}

function compareEvaluationNumber(
  { facts, tcbEvaluationDataNumber }: VerifiedTdxQuote,
  { minimumTcbEvaluationDataNumber: least }: TdxPolicy,
): ClaimReport {
  const claim = 'tdx.tcb-evaluation-data-number';
  // Platform and quoting enclave are judged by a document each.
  const number = Math.min(tcbEvaluationDataNumber, facts.qeEvaluationDataNumber);
  if (least === 'any') return accepted(claim, String(number));
  const compared = { claim, got: String(number), wanted: [`at least ${least}`] };
  return number >= least
    ? matches(compared)
    : differs(compared, {
        code: 'tcb-evaluation-too-old',
        message: "the platform was judged by an older evaluation of Intel's than the policy takes",
      });
}

/** The deny list comes first, whatever else allows the platform (S16). */
function comparePlatform(
  { facts }: VerifiedTdxQuote,
  { platforms: { allow, deny } }: TdxPolicy,
): ClaimReport {
  const claim = 'tdx.platform';
  const got = toHex(facts.pck.ppid);
  if (deny.includes(got)) {
    const reason = { code: 'platform-denied', message: 'the policy denies the platform' };
    return differs({ claim, got, wanted: [] }, reason);
  }
  if (allow === 'any') return accepted(claim, got);
  return compareListed(claim, got, allow, {
    code: 'platform-not-allowed',
    message: 'platform is not in the allow list',
  });
}
