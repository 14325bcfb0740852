import { LOCK_PCR, type PolicyOf, type QuotedVariant } from '@asterism/contracts';
import type { VerifiedQuoteSection } from '../stages.ts';
import { compareAttestationKey } from './attestation-key.ts';
import { accepted, differs, matches, type ClaimReport } from './claim-report.ts';
import { compareMeasurement, describeEvents } from './measurements.ts';

type QuotePolicy = PolicyOf<QuotedVariant>['tpm'];

/** Every field of a policy's `tpm` section against the quote; the lock's PCR apart. */
export function compareQuote(quote: VerifiedQuoteSection, policy: QuotePolicy, now: Date): ClaimReport[] {
  const { bank, pcrs, events } = quote;
  return [
    compareBank(bank, policy.bank),
    compareSelection(quote, policy),
    ...Object.entries(policy.pcrs)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([index, measurement]) => {
        const pcr = Number(index);
        // Values of another bank are never compared (S05).
        const got = bank === policy.bank ? pcrs.get(pcr) : undefined;
        const event = describeEvents(events, pcr, bank);
        return compareMeasurement(`tpm.pcr.${index}`, got, measurement, { now, event, kind: 'pcr' });
      }),
    compareEventLog('tpm.event-log', events?.length ?? null, policy.eventLog),
    ...compareAttestationKey(quote, policy),
  ];
}

function compareBank(got: string, want: string): ClaimReport {
  const compared = { claim: 'tpm.bank', got, wanted: [want] };
  return got === want
    ? matches(compared)
    : differs(compared, { code: 'bank-mismatch', message: "tpm.bank is not the policy's" });
}

/** S05: exactly the policy's PCRs and the lock. More could hide what was compared. */
function compareSelection({ pcrs }: VerifiedQuoteSection, policy: QuotePolicy): ClaimReport {
  const wanted = [...Object.keys(policy.pcrs).map(Number), LOCK_PCR].sort((a, b) => a - b).join(',');
  const got = [...pcrs.keys()].sort((a, b) => a - b).join(',');
  const compared = { claim: 'tpm.pcr-selection', got, wanted: [wanted] };
  return got === wanted
    ? matches(compared)
    : differs(compared, {
        code: 'pcr-selection-mismatch',
        message: 'other PCRs were quoted than the policy names',
      });
}

/** A log that came was replayed by `verifyEvidence`. */
export function compareEventLog(
  claim: string,
  events: number | null,
  wanted: 'required' | 'any',
): ClaimReport {
  const got = events === null ? null : `${events} events that replay to the quoted values`;
  if (wanted === 'any') return accepted(claim, got);
  const compared = { claim, got, wanted: ['an event log'] };
  return got === null
    ? differs(compared, {
        code: 'event-log-missing',
        message: 'the policy requires an event log and none came',
      })
    : matches(compared);
}
