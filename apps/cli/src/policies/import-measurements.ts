import { variantSchema } from '@asterism/contracts';
import {
  parseMeasurements,
  planAdditions,
  selectSet,
  toProvenanceComment,
  type AdditionPlan,
  type LeftOutReason,
} from '@asterism/reference-values';
import { readFile } from 'node:fs/promises';
import { readText } from '../connection/endpoint.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toPrintable } from '../output/terminal.ts';
import { editDocument } from './edit-document.ts';
import { parseCommentedJson } from './policy-text.ts';
import { placeholdersOf } from './placeholder.ts';
import { verifySignatureFiles, type SignatureOptions } from './signature-files.ts';
import { replaceFile, writeNewFile } from './write-file.ts';

interface ImportOptions extends SignatureOptions {
  readonly policy: string;
  readonly measurements: string;
  readonly set?: string;
  readonly from?: Date;
  readonly until?: Date;
  readonly out?: string;
}

const REASONS: Readonly<Record<LeftOutReason, string>> = {
  'not-in-policy': 'the policy does not compare it',
  any: 'the policy takes any value',
  'other-bank': 'of another hash than the policy compares',
  'warn-only': 'the file says that it may differ, and the policy enforces it',
  lock: 'the lock is always compared, by the platform',
  'already-there': 'is there already',
};

/**
 * Adds the values of a signed measurement file to a policy file. Nothing of the file is read before its signature is
 * verified, and nothing is written before everything is known.
 */
export async function importMeasurements({
  context,
  options,
}: Invocation<ImportOptions>): Promise<undefined> {
  const measured = await readFileBytes(options.measurements);
  const signature = await verifySignatureFiles(measured, options);
  const file = parseMeasurements(measured);
  const text = await readText(options.policy, 'policy');
  const document = parseCommentedJson(text, options.policy);
  const set = selectSet(file, variantOf(document, options.policy), options.set ?? null);
  const provenance = {
    comment: await toProvenanceComment(file.image, measured, signature),
    ...toWindow(options),
  };
  const plan = planAdditions(document, set, provenance);
  const edited = editDocument(text, plan.additions);
  if (options.out !== undefined) await writeNewFile(options.out, edited);
  else if (plan.additions.length > 0) await replaceFile(options.policy, edited);
  const open = placeholdersOf(parseCommentedJson(edited, options.policy));
  const target = options.out ?? options.policy;
  context.terminal.result({ file: target, signature, ...plan, open }, () =>
    [
      `signed: ${provenance.comment}`,
      ...toLines(plan),
      ...(open.length === 0 ? [] : ['still to be filled in:', ...open.map(({ path }) => `  ${path}`)]),
    ]
      .map(toPrintable)
      .join('\n'),
  );
}

function toLines({ additions, leftOut }: AdditionPlan): readonly string[] {
  return [
    ...additions.map(
      ({ register, added, values }) => `+ ${register}: ${added.length} new of ${values.length}`,
    ),
    ...leftOut.map(({ register, reason }) => `  ${register}: left out, ${REASONS[reason]}`),
  ];
}

function toWindow({ from, until }: ImportOptions): { readonly from?: string; readonly until?: string } {
  if (from !== undefined && until !== undefined && from >= until) {
    throw new UsageError('usage', '--until must be after --from');
  }
  return {
    ...(from === undefined ? {} : { from: from.toISOString() }),
    ...(until === undefined ? {} : { until: until.toISOString() }),
  };
}

function variantOf(document: unknown, file: string) {
  const variant = variantSchema.safeParse((document as { variant?: unknown } | null)?.variant);
  if (variant.success) return variant.data;
  throw new UsageError('file-malformed', `${file}: variant: a policy names its evidence variant`);
}

async function readFileBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new UsageError('file-unreadable', `measurements ${file} cannot be read`, { cause });
  }
}
