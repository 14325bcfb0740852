import { identityOfChip } from '@asterism/attestation';
import type { Certificate, Crl } from '@asterism/x509';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { judgeByPolicy, NO_SECTIONS } from '../policy-step.ts';
import { compareReportData } from '../report-data.ts';
import { readSnpPart, readSnpTable, type GivenCertificates } from './snp-certificates.ts';
import { judgeSnpReport } from './snp-report.ts';

const REPORT_BYTES = 0x4a0;

/** A report, or an extended report: with the host's certificate table behind it. */
export async function appraiseSnpReport(inputs: AppraisalInputs, judgement: Judgement): Promise<void> {
  const { evidence, parts } = inputs;
  const report = evidence.slice(0, REPORT_BYTES);
  const certificates: Certificate[] = [];
  const crls: Crl[] = [];
  const add = (read: GivenCertificates): void => {
    certificates.push(...read.certificates);
    crls.push(...read.crls);
  };
  await judgement.attempt('certificates', () => {
    if (evidence.length > REPORT_BYTES) add(readSnpTable(evidence.slice(REPORT_BYTES)));
  });
  for (const [name, bytes] of parts) {
    await judgement.attempt(name, () => add(readSnpPart(name, bytes)));
  }
  const judged = await judgeSnpReport(judgement, report, { certificates, crls }, inputs);
  compareReportData(judgement, inputs);
  if (judged === null) return;
  const { verified: snp, collateral } = judged;
  const identity = await identityOfChip(snp.report.chipId);
  const sections = { ...NO_SECTIONS, variant: 'sev-snp', identity, snp, collateral } as const;
  await judgeByPolicy(judgement, sections, inputs);
}
