import { readFile } from 'node:fs/promises';
import { copyBytes, fromHex, fromUtf8, type Bytes } from '@asterism/bytes';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit.ts';
import { toPrintable, type Terminal } from '../output/terminal.ts';
import { parseJson, readPolicyFile } from '../verify/policy-file.ts';
import { appraiseEnvelope } from './envelope.ts';
import { toExitCode, type AppraisalReport } from './report.ts';
import type { JudgingContext } from './judging-context.ts';
import { appraiseTpmQuote } from './tpm-quote.ts';

export interface AppraiseOptions {
  readonly format: string;
  readonly evidence: string;
  readonly part?: ReadonlyMap<string, string>;
  readonly nonce?: string;
  readonly policy?: string;
  readonly clusterId?: string;
  readonly at?: Date;
}

const PARTS: Readonly<Record<string, readonly string[]>> = {
  'tpm-quote': ['signature', 'ak', 'pcrs', 'event-log'],
  envelope: [],
};
/** Larger files cannot be evidence: an event log has at most 1 MiB. */
const MAX_FILE = 4 << 20;

/** `asterism appraise`: judges evidence from files, without a server and without the network. */
export async function appraise({ context, options }: Invocation<AppraiseOptions>): Promise<ExitCode> {
  const allowed = PARTS[options.format];
  if (allowed === undefined) {
    throw new UsageError('format-unsupported', 'this build cannot appraise the format', {
      got: options.format,
      want: Object.keys(PARTS).join(', '),
    });
  }
  const parts = options.part ?? new Map<string, string>();
  for (const name of parts.keys()) {
    if (!allowed.includes(name)) {
      throw new UsageError('usage', `format ${options.format} has no such part`, {
        got: name,
        want: allowed.join(', ') || 'none',
      });
    }
  }
  const judging: JudgingContext = {
    nonce: options.nonce === undefined ? null : fromHex(options.nonce),
    policy: options.policy === undefined ? null : await readPolicyFile(options.policy),
    clusterId: options.clusterId === undefined ? null : fromHex(options.clusterId),
    now: options.at ?? new Date(),
  };
  const evidence = await readBytes(options.evidence, 'evidence');
  const report =
    options.format === 'envelope'
      ? await appraiseEnvelope(envelopeOf(evidence, options.evidence), judging)
      : await appraiseTpmQuote(await readQuoteFiles(evidence, parts), judging);
  context.terminal.result(report, () => toText(report, context.terminal));
  return toExitCode(report);
}

async function readQuoteFiles(
  evidence: Bytes,
  parts: ReadonlyMap<string, string>,
): Promise<Parameters<typeof appraiseTpmQuote>[0]> {
  const read = async (name: string): Promise<Bytes | null> => {
    const file = parts.get(name);
    return file === undefined ? null : readBytes(file, name);
  };
  const pcrs = await read('pcrs');
  return {
    evidence,
    signature: await read('signature'),
    ak: await read('ak'),
    pcrs: pcrs === null ? undefined : parseJson(textOf(pcrs, 'pcrs'), parts.get('pcrs') ?? 'pcrs'),
    eventLog: await read('event-log'),
  };
}

/** Our envelope, or a document of the API that holds one (`nodes evidence --json`). */
function envelopeOf(bytes: Bytes, file: string): unknown {
  const value = parseJson(textOf(bytes, file), file);
  const inner = typeof value === 'object' && value !== null && 'evidence' in value ? value.evidence : value;
  return inner;
}

async function readBytes(file: string, what: string): Promise<Bytes> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new UsageError('file-unreadable', `${what} ${file} cannot be read (${reason})`, { cause });
  }
  if (bytes.length > MAX_FILE) {
    throw new UsageError('file-malformed', `${what} ${file} is too large`, {
      got: bytes.length,
      want: MAX_FILE,
    });
  }
  return copyBytes(bytes);
}

function textOf(bytes: Bytes, file: string): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new UsageError('file-malformed', `${file} is not UTF-8`, { cause });
  }
}

function toText(report: AppraisalReport, terminal: Terminal): string {
  const colour = report.outcome === 'refused' ? 'red' : report.outcome === 'undecided' ? 'yellow' : 'green';
  const lines = Object.entries(report.claims)
    .filter(([name]) => name !== 'compared' && name !== 'events' && name !== 'pcrs')
    .map(
      ([name, value]) =>
        `  ${name.padEnd(24)}${toPrintable(typeof value === 'string' ? value : JSON.stringify(value))}`,
    );
  const compared = (report.claims['compared'] ?? {}) as Record<
    string,
    { got: string | null; wanted: string[]; verdict: string }
  >;
  for (const [claim, { got, wanted, verdict }] of Object.entries(compared)) {
    const want = wanted.length === 0 ? '' : `, want ${wanted.join(' or ')}`;
    lines.push(toPrintable(`  ${claim.padEnd(24)}${verdict}: got ${got ?? 'nothing'}${want}`));
  }
  const findings = report.findings.map(({ code, message, event }) =>
    toPrintable(`  ${code}: ${message}${event === undefined ? '' : ` (event: ${event})`}`),
  );
  return [`${terminal.style(colour, report.outcome)} (${report.code})`, ...lines, ...findings].join('\n');
}
