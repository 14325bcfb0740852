import { identityOfPlatform } from '@asterism/attestation';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { judgeByPolicy, NO_SECTIONS } from '../policy-step.ts';
import { compareReportData } from '../report-data.ts';
import { judgeTdxQuote, toTdxSection } from './judge-tdx.ts';

export async function appraiseTdxQuote(inputs: AppraisalInputs, judgement: Judgement): Promise<void> {
  const quote = await judgeTdxQuote(judgement, inputs.evidence, inputs);
  compareReportData(judgement, inputs);
  if (quote === null) return;
  const identity = await identityOfPlatform(quote.facts.pck.ppid);
  const sections = { ...NO_SECTIONS, variant: 'tdx', identity, ...toTdxSection(quote) } as const;
  await judgeByPolicy(judgement, sections, inputs);
}
