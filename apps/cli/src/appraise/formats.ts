import { FORMAT_NAMES, type FormatName } from '../commands/appraise-help.ts';
import { appraiseAzureHcl } from './azure/azure-format.ts';
import { appraiseConstellation } from './constellation/constellation-format.ts';
import { appraiseEnvelope } from './envelope.ts';
import type { AppraisalInputs } from './inputs.ts';
import type { Judgement } from './judgement.ts';
import { appraiseNitroDocument } from './nitro/nitro-format.ts';
import { appraiseSnpReport } from './snp/snp-format.ts';
import { appraiseTdxQuote } from './tdx/tdx-format.ts';
import { appraiseTpmQuote } from './tpm/tpm-format.ts';

/** A format of evidence that can be judged. */
export interface EvidenceFormat {
  /** What `--part` takes besides the evidence. */
  readonly parts: readonly string[];
  /** Whether there is a report of hardware with 64 bytes that the guest chose. */
  readonly reportData: boolean;
  /** @throws CodedError on evidence that cannot be read any further */
  readonly appraise: (inputs: AppraisalInputs, judgement: Judgement) => Promise<void>;
}

const FORMATS: Readonly<Record<FormatName, EvidenceFormat>> = {
  'snp-report': { parts: ['vcek', 'vlek', 'certificates'], reportData: true, appraise: appraiseSnpReport },
  'tdx-quote': { parts: [], reportData: true, appraise: appraiseTdxQuote },
  'tpm-quote': {
    parts: ['signature', 'ak', 'ak-cert', 'pcrs', 'event-log'],
    reportData: false,
    appraise: appraiseTpmQuote,
  },
  'azure-hcl': {
    parts: ['quote', 'signature', 'pcrs', 'td-quote', 'ak-cert', 'event-log'],
    reportData: true,
    appraise: appraiseAzureHcl,
  },
  'nitro-tpm-document': {
    parts: ['quote', 'signature', 'pcrs'],
    reportData: false,
    appraise: appraiseNitroDocument,
  },
  constellation: { parts: ['ak'], reportData: true, appraise: appraiseConstellation },
  envelope: { parts: [], reportData: false, appraise: appraiseEnvelope },
};

/** Undefined for a name that is none. */
export function formatNamed(name: string): EvidenceFormat | undefined {
  return FORMAT_NAMES.some((known) => known === name) ? FORMATS[name as FormatName] : undefined;
}
