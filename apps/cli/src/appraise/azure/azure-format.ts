import type { VerifiedEvidenceOf, VerifiedQuoteSection } from '@asterism/attestation';
import { fromHex, toHex } from '@asterism/bytes';
import {
  parseHclReport,
  parseRuntimeData,
  runtimeDataHash,
  toHclAkPublic,
  verifyRuntimeDataBinding,
  type HclReport,
  type HclRuntimeData,
} from '@asterism/tpm';
import { readCertificates } from '../certificate-files.ts';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { judgeByPolicy, NO_SECTIONS } from '../policy-step.ts';
import { compareReportData } from '../report-data.ts';
import { judgeSnpReport } from '../snp/snp-report.ts';
import { judgeTdxQuote, toTdxSection } from '../tdx/judge-tdx.ts';
import { judgeAkCertificate } from '../tpm/ak-certificate.ts';
import { judgeQuote, keyDigest, readQuote, readValues } from '../tpm/judge-quote.ts';
import { toQuoteSection } from '../tpm/quote-section.ts';
import { lackParts, readPcrsPart } from '../tpm/tpm-format.ts';
import { toHclClaims, toRuntimeClaims, toTdReportClaims } from './hcl-claims.ts';

/**
 * What an Azure confidential VM shows: a report of its hardware that is made over the runtime data, which names the vTPM's
 * attestation key, which quotes.
 */
export async function appraiseAzureHcl(inputs: AppraisalInputs, judgement: Judgement): Promise<void> {
  const report = parseHclReport(inputs.evidence);
  judgement.claims['hcl'] = toHclClaims(report);
  judgement.claims['runtimeDataDigest'] = toHex(await runtimeDataHash(report));
  const runtime = await judgement.attempt('runtimeData', () => parseRuntimeData(report.runtimeData));
  if (runtime !== null) Object.assign(judgement.claims, toRuntimeClaims(runtime));
  const hardware =
    report.reportType === 'SNP'
      ? await judgeSnpHardware(judgement, report, inputs)
      : await judgeTdxHardware(judgement, report, inputs);
  await judgement.attempt('tpmQuote', async () => {
    const quote = await judgeVtpm(judgement, runtime, inputs);
    if (hardware === null || quote === null) return;
    const identity = quote.akSpkiSha256;
    await judgeByPolicy(judgement, { ...NO_SECTIONS, identity, ...hardware, quote }, inputs);
  });
}

/** What a policy compares of the report of the hardware; null where it is not proved. */
type Hardware =
  | ({ readonly variant: 'azure-sev-snp' } & Pick<
      VerifiedEvidenceOf<'azure-sev-snp'>,
      'snp' | 'tdx' | 'collateral'
    >)
  | ({ readonly variant: 'azure-tdx' } & Pick<VerifiedEvidenceOf<'azure-tdx'>, 'snp' | 'tdx' | 'collateral'>);

async function judgeSnpHardware(
  judgement: Judgement,
  report: HclReport,
  inputs: AppraisalInputs,
): Promise<Hardware | null> {
  const section = judgement.section('snp');
  const none = { certificates: [], crls: [] };
  const judged = await section.attempt('report', () =>
    judgeSnpReport(section, report.hardwareReport, none, inputs),
  );
  await judgeBinding(section, report, inputs);
  if (judged === null) return null;
  return { variant: 'azure-sev-snp', snp: judged.verified, tdx: null, collateral: judged.collateral };
}

async function judgeTdxHardware(
  judgement: Judgement,
  report: HclReport,
  inputs: AppraisalInputs,
): Promise<Hardware | null> {
  const tdReport = judgement.section('tdReport');
  Object.assign(tdReport.claims, toTdReportClaims(report.hardwareReport));
  await judgeBinding(tdReport, report, { ...inputs, reportData: null });
  const quote = inputs.parts.get('td-quote');
  if (quote === undefined) {
    judgement.lack({
      code: 'part-missing',
      claim: 'td-quote',
      message: 'a TDREPORT can only be checked on its own machine: without the TD quote nothing is proved',
      want: 'td-quote',
    });
    return null;
  }
  const section = judgement.section('tdx');
  const verified = await section.attempt('quote', () => judgeTdxQuote(section, quote, inputs));
  await judgeBinding(section, report, inputs);
  compareWithQuote(tdReport, section);
  hoistStatus(judgement, section);
  return verified && { variant: 'azure-tdx', snp: null, ...toTdxSection(verified) };
}

/** The report of the hardware is made over this runtime data; a claim that could not be read is told already. */
async function judgeBinding(
  section: Judgement,
  report: HclReport,
  { reportData }: AppraisalInputs,
): Promise<void> {
  const { reportData: got } = section.claims;
  if (typeof got !== 'string') return;
  await section.attempt('reportData', () => verifyRuntimeDataBinding(report, fromHex(got)));
  if (reportData !== null) compareReportData(section, { nonce: null, reportData });
}

/** Fields that a TD quote takes from the TDREPORT that it was made from. */
const QUOTED_FIELDS = [
  'mrSeam',
  'tdAttributes',
  'xfam',
  'mrTd',
  'mrConfigId',
  'mrOwner',
  'mrOwnerConfig',
  'rtmr0',
  'rtmr1',
  'rtmr2',
  'rtmr3',
] as const;

/** Nothing but the quote vouches for what the TDREPORT says: where they differ, one of them is of another machine. */
function compareWithQuote(tdReport: Judgement, { claims: quoted }: Judgement): void {
  for (const field of QUOTED_FIELDS) {
    const [got, want] = [tdReport.claims[field], quoted[field]];
    if (got === want || got === undefined || want === undefined) continue;
    const message = 'the TDREPORT is not the one that the TD quote was made from';
    tdReport.refuse({ code: 'td-report-mismatch', claim: field, message, got, want });
  }
}

/** What Intel says of the platform belongs to the whole machine. */
function hoistStatus(judgement: Judgement, { claims }: Judgement): void {
  for (const name of ['tcbStatus', 'advisoryIDs', 'collateralWindow', 'tcbEvaluationDataNumber']) {
    if (claims[name] !== undefined) judgement.claims[name] = claims[name];
  }
}

async function judgeVtpm(
  judgement: Judgement,
  runtime: HclRuntimeData | null,
  inputs: AppraisalInputs,
): Promise<VerifiedQuoteSection | null> {
  const { parts, nonce, policy } = inputs;
  const [quote, signature] = [parts.get('quote'), parts.get('signature')];
  const key = runtime === null ? null : toHclAkPublic(runtime.akPublic);
  if (key !== null) {
    judgement.claims['akSpkiSha256'] = await keyDigest(key);
    const part = parts.get('ak-cert');
    const given = part && (await judgement.attempt('ak-cert', () => readCertificates(part)));
    await judgeAkCertificate(judgement, key, given ?? [], inputs);
  }
  if (quote === undefined && signature === undefined && nonce === null && policy === null) {
    const message = 'without a quote nothing is said of what the machine booted, nor when';
    judgement.remark({ code: 'quote-missing', claim: 'quote', message });
    return null;
  }
  if (quote === undefined || signature === undefined) {
    lackParts(judgement, { quote, signature });
    return null;
  }
  const section = judgement.section('tpmQuote');
  if (key === null) {
    // Whose quote it is cannot be said, which is told already.
    readValues(judgement, readQuote(section, quote).info, readPcrsPart(parts));
    return null;
  }
  const order = {
    quote,
    signature,
    key,
    pcrs: readPcrsPart(parts),
    eventLog: parts.get('event-log') ?? null,
  };
  const judged = await judgeQuote(section, judgement, order, nonce);
  return toQuoteSection(judgement, judged, key, { kind: 'absent' }, inputs);
}
