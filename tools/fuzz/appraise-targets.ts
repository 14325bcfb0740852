import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyBytes, fromUtf8, type Bytes } from '@asterism/bytes';
import { readCollateralFiles } from '../../apps/cli/src/appraise/collateral-files.ts';
import { formatNamed } from '../../apps/cli/src/appraise/formats.ts';
import type { AppraisalInputs } from '../../apps/cli/src/appraise/inputs.ts';
import { Judgement } from '../../apps/cli/src/appraise/judgement.ts';
import type { AppraisalReport } from '../../apps/cli/src/appraise/report.ts';
import { VECTORS } from '@asterism/testkit/vectors';
import { vectors } from './seeds.ts';
import type { Target } from './target.ts';

interface Sample {
  readonly format: string;
  /** Folder of one vector: its other files are what the evidence is judged by. */
  readonly folder: string;
  readonly evidence: string;
  readonly parts?: Readonly<Record<string, string>>;
}

const AZURE = {
  quote: 'tpm-quote.msg',
  signature: 'tpm-quote.sig',
  pcrs: 'pcrs.json',
  'td-quote': 'td-quote.bin',
} as const;

const SAMPLES: readonly Sample[] = [
  { format: 'snp-report', folder: 'snp/genoa-v5-oak', evidence: 'report.bin' },
  {
    format: 'tdx-quote',
    folder: 'tdx/v5-go-tdx-guest-90c06f-uptodate',
    evidence: 'quote.bin',
  },
  {
    format: 'tpm-quote',
    folder: 'tpm/azure-kinvolk-rsassa',
    evidence: 'quote.msg',
    parts: { signature: 'quote.sig', ak: 'akpub.pem', pcrs: 'pcrs.json' },
  },
  {
    format: 'azure-hcl',
    folder: 'azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03',
    evidence: 'hcl-report.bin',
    parts: AZURE,
  },
  {
    format: 'nitro-tpm-document',
    folder: 'aws/enclave-evervault-valid',
    evidence: 'document.cbor',
  },
];

/** Files of the vector, read once. */
async function inputsOf({ folder, evidence, parts = {} }: Sample): Promise<AppraisalInputs> {
  const read = (file: string): Bytes => copyBytes(readFileSync(join(VECTORS, folder, file)));
  const { verifyAt } = JSON.parse(fromUtf8(read('vector.json'))) as { readonly verifyAt: string | null };
  return {
    evidence: read(evidence),
    parts: new Map(Object.entries(parts).map(([part, file]) => [part, read(file)])),
    ...(await readCollateralFiles([join(VECTORS, folder)], new Judgement())),
    askVendors: null,
    nonce: null,
    reportData: null,
    policy: null,
    clusterId: null,
    anchors: [],
    unreadable: [],
    now: verifyAt === null ? new Date() : new Date(verifyAt),
  };
}

async function judge(format: string, inputs: AppraisalInputs): Promise<AppraisalReport> {
  const judgement = new Judgement();
  await judgement.attempt('evidence', async () => formatNamed(format)?.appraise(inputs, judgement));
  return judgement.toReport();
}

/**
 * Nothing vouches for how many bytes lie behind a quote, for the frame of an HCL report, and for what of a TDREPORT only
 * its own machine can check.
 */
const UNPROVED = ['trailingBytes', 'hcl', 'reportType', 'cpuSvn', 'teeTcbInfoHash', 'teeInfoHash', 'mac'];

function vouchedClaims(claims: AppraisalReport['claims']): string {
  const { qeReport, ...rest } = claims;
  const isProved = (name: string) => !UNPROVED.includes(name);
  return JSON.stringify([qeReport, rest], (name, value: unknown) => (isProved(name) ? value : undefined));
}

/**
 * `asterism appraise` whole. What comes out of a mutated file is a report, whatever was in it; and what is said to be
 * genuine says what the genuine file says: no claim hangs on bytes that nothing vouches for (S05).
 */
export const APPRAISE_TARGETS: readonly Target[] = SAMPLES.map((sample) => {
  let known: { readonly inputs: AppraisalInputs; readonly claims: string } | undefined;
  const prepare = async () => {
    if (known === undefined) {
      const inputs = await inputsOf(sample);
      const { outcome, claims } = await judge(sample.format, inputs);
      if (outcome !== 'genuine') throw new Error(`${sample.folder} itself is ${outcome}`);
      known = { inputs, claims: vouchedClaims(claims) };
    }
    return known;
  };
  return {
    name: `appraise-${sample.format}`,
    seeds: () => Promise.resolve(vectors(join(sample.folder, sample.evidence))),
    read: async (evidence) => {
      const { inputs, claims } = await prepare();
      const report = await judge(sample.format, { ...inputs, evidence: copyBytes(evidence) });
      if (report.outcome === 'genuine' && vouchedClaims(report.claims) !== claims) {
        throw new Error(`genuine, with other claims: ${vouchedClaims(report.claims)}`);
      }
    },
  };
});
