import { toPrintable, type Terminal } from '../output/terminal.ts';
import { toValueText } from '../output/value-text.ts';
import type { Comparison, Judgement } from './judgement.ts';
import type { AppraisalReport, ReportFinding } from './report.ts';
import type { TrustChain, TrustLink } from './trust-chain.ts';

const COLOUR = { genuine: 'green', accepted: 'green', refused: 'red', undecided: 'yellow' } as const;
const REVOCATION = {
  'not-revoked': 'not revoked',
  'not-looked-up': 'not looked up in a revocation list',
  root: 'pinned root',
} as const;
const SHOWN = 200;

/** The outcome and what led to it: what `appraise` prints for people. */
export function toSummary(report: AppraisalReport, terminal: Terminal): string {
  return [
    `${terminal.style(COLOUR[report.outcome], report.outcome)} (${report.code})`,
    ...report.findings.flatMap(findingLines),
  ].join('\n');
}

/** `--report`: the chain of trust link by link, every claim with what was wanted of it, and the verdict with its reasons. */
export function toHumanReport(judgement: Judgement, report: AppraisalReport, terminal: Terminal): string {
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['Chain of trust', judgement.chains.flatMap(chainLines)],
    ['Claims', claimLines(report, judgement.comparisons)],
    ['Findings', report.findings.flatMap(findingLines)],
  ];
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([title, lines]) => [terminal.style('bold', title), ...lines, '']);
  const verdict = `${terminal.style(COLOUR[report.outcome], report.outcome)}: ${reasonOf(report)}`;
  return [...body, terminal.style('bold', 'Verdict'), `  ${verdict}`].join('\n');
}

function reasonOf({ outcome, code, findings }: AppraisalReport): string {
  const reason = findings.find((finding) => finding.code === code)?.message;
  switch (outcome) {
    case 'genuine':
      return 'the evidence is genuine; without a policy nothing is said of what it measures';
    case 'accepted':
      return 'the evidence is genuine, and what the policy accepts';
    case 'refused':
      return toPrintable(`${code}: ${reason ?? 'the policy does not accept it'}`);
    case 'undecided':
      return toPrintable(
        `${code}: ${reason ?? 'something is missing'}; this is neither a refusal nor an acceptance`,
      );
  }
}

function chainLines({ title, links, anchor }: TrustChain): string[] {
  const end = anchor === null ? '  proved to no pinned root' : `  pinned root ${anchor}`;
  return [`  ${title}`, ...links.flatMap(linkLines), toPrintable(`  ${end}`)];
}

function linkLines({ subject, issuer, serial, key, notBefore, notAfter, revocation }: TrustLink): string[] {
  return [
    `    ${subject === '' ? '(no subject)' : subject}`,
    `      issued by ${issuer}, serial ${serial}`,
    `      key ${key}`,
    `      valid ${toValueText(notBefore)} to ${toValueText(notAfter)}, ${REVOCATION[revocation]}`,
  ].map(toPrintable);
}

/** Claims one a line, with what was wanted of them where anything was. */
function claimLines({ claims }: AppraisalReport, comparisons: readonly Comparison[]): string[] {
  const compared = new Map(comparisons.map((comparison) => [comparison.claim, comparison]));
  const flat = flatten(claims).filter(([name]) => !compared.has(name));
  const width = Math.max(
    0,
    ...[...compared.keys(), ...flat.map(([name]) => name)].map((name) => name.length),
  );
  return [
    ...comparisons.map(({ claim, got, wanted, verdict }) => {
      const want = wanted.length === 0 ? 'any' : wanted.join(' or ');
      return `  ${claim.padEnd(width)}  ${verdict}: got ${got ?? 'nothing'}, wanted ${want}`;
    }),
    ...flat.map(([name, value]) => `  ${name.padEnd(width)}  ${cut(value)}`),
  ].map(toPrintable);
}

/** Leaves under dotted names; a list of plain values is one of them. */
function flatten(value: unknown, name = ''): (readonly [name: string, value: string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[name, toValueText(value) ?? 'none']];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, name === '' ? key : `${name}.${key}`),
  );
}

function findingLines({ code, claim, got, wanted, message, event }: ReportFinding): string[] {
  return [
    `  ${code}: ${claim}: ${message}`,
    ...(got === null ? [] : [`    got ${cut(got)}`]),
    ...wanted.map((want) => `    wanted ${cut(want)}`),
    ...(event === undefined ? [] : [`    event ${cut(event)}`]),
  ].map(toPrintable);
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
}
