import { fromHex, type Bytes } from '@asterism/bytes';
import { FORMAT_NAMES } from '../commands/appraise-help.ts';
import type { Context, Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit.ts';
import { readPolicyFile } from '../verify/policy-file.ts';
import { readCollateralFiles } from './collateral-files.ts';
import { formatNamed, type EvidenceFormat } from './formats.ts';
import { toHumanReport, toSummary } from './human-report.ts';
import { readInput } from './input-files.ts';
import type { AppraisalInputs } from './inputs.ts';
import { Judgement } from './judgement.ts';
import { readLaboratoryAnchors, type LaboratoryAnchor } from './laboratory-anchors.ts';
import { toExitCode } from './report.ts';
import { vendorsFor } from './vendor-collateral.ts';

export interface AppraiseOptions {
  readonly format: string;
  readonly evidence: string;
  readonly part?: ReadonlyMap<string, string>;
  readonly collateral?: readonly string[];
  readonly nonce?: string;
  readonly reportData?: string;
  readonly policy?: string;
  readonly clusterId?: string;
  readonly trustAnchor?: readonly string[];
  readonly at?: Date;
  readonly report?: true;
  readonly online?: true;
}

/** `asterism appraise`: judges evidence from files, without a server and, unless it is allowed, without the network. */
export async function appraise({ context, options }: Invocation<AppraiseOptions>): Promise<ExitCode> {
  const format = formatOf(options);
  const judgement = new Judgement();
  const inputs = await readInputs(options, judgement, context);
  if (inputs.anchors.length > 0) warnOfLaboratory(inputs.anchors, judgement, context);
  await judgement.attempt('evidence', () => format.appraise(inputs, judgement));
  const report = judgement.toReport();
  const { terminal } = context;
  if (terminal.json) terminal.document(report);
  if (options.report === true) {
    const text = toHumanReport(judgement, report, terminal);
    // With `--json` standard output is for programs.
    if (terminal.json) terminal.note(text);
    else terminal.say(text);
  } else terminal.say(toSummary(report, terminal));
  return toExitCode(report);
}

function formatOf(options: AppraiseOptions): EvidenceFormat {
  const format = formatNamed(options.format);
  if (format === undefined) {
    throw new UsageError('format-unsupported', 'this build cannot appraise the format', {
      got: options.format,
      want: FORMAT_NAMES.join(', '),
    });
  }
  for (const name of options.part?.keys() ?? []) {
    if (format.parts.includes(name)) continue;
    throw new UsageError('usage', `format ${options.format} has no such part`, {
      got: name,
      want: format.parts.join(', ') || 'none',
    });
  }
  if (options.reportData !== undefined && !format.reportData) {
    throw new UsageError('usage', `format ${options.format} has no report data`);
  }
  return format;
}

async function readInputs(
  options: AppraiseOptions,
  judgement: Judgement,
  context: Context,
): Promise<AppraisalInputs> {
  const { nonce, reportData, policy, clusterId, part, collateral, trustAnchor } = options;
  const parts = new Map<string, Bytes>();
  for (const [name, file] of part ?? []) parts.set(name, await readInput(file, `part ${name}`));
  const anchors: LaboratoryAnchor[] = [];
  for (const file of trustAnchor ?? []) {
    anchors.push(...(await readLaboratoryAnchors(await readInput(file, 'trust anchor'), file)));
  }
  return {
    evidence: await readInput(options.evidence, 'evidence'),
    parts,
    ...(await readCollateralFiles(collateral ?? [], judgement)),
    askVendors: options.online ? await vendorsFor(context, anchors) : null,
    nonce: nonce === undefined ? null : fromHex(nonce),
    reportData: reportData === undefined ? null : fromHex(reportData),
    policy: policy === undefined ? null : await readPolicyFile(policy),
    clusterId: clusterId === undefined ? null : fromHex(clusterId),
    anchors,
    now: options.at ?? new Date(),
  };
}

function warnOfLaboratory(
  anchors: readonly LaboratoryAnchor[],
  judgement: Judgement,
  { terminal }: Context,
): void {
  for (const { spkiSha256, certificate } of anchors) {
    const name = certificate?.subject.text ?? 'a bare key';
    judgement.remark({
      code: 'laboratory-trust-anchor',
      claim: 'trustAnchor',
      message: `a root that no vendor vouches for is trusted: ${name}`,
      got: spkiSha256,
    });
    terminal.note(
      `${terminal.style('red', 'warning')}: trusting the root ${name} (${spkiSha256}) beside the vendors'`,
    );
  }
}
