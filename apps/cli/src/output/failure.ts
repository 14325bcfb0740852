import { CodedError } from '@asterism/bytes';
import { NodeRefusedError, ProblemError } from '../errors.ts';
import { toFindings } from './findings.ts';
import { toPrintable, type Terminal } from './terminal.ts';

/** An error as `code: detail`, with the trace id of the API's answer; a stack only with `--debug`. */
export function reportFailure(terminal: Terminal, error: unknown, debug: boolean): void {
  const code = error instanceof CodedError ? error.code : 'internal';
  const detail = error instanceof Error ? error.message : String(error);
  const traceId = error instanceof ProblemError ? error.traceId : undefined;
  const fields = error instanceof ProblemError ? error.fields : [];
  const refused =
    error instanceof NodeRefusedError ? { machine: error.machine, findings: error.findings } : {};
  const seen = error instanceof CodedError ? { got: error.got, want: error.want } : {};
  if (terminal.json) {
    terminal.document({ error: { code, detail, traceId, errors: fields, ...refused, ...toText(seen) } });
  } else {
    const [first = '', ...more] = detail.split('\n').map(toPrintable);
    terminal.note(`${terminal.style('red', `error: ${code}`)}: ${first}`);
    for (const line of more) terminal.note(line);
    for (const line of toFindings(refused.findings ?? [])) terminal.note(line);
    for (const field of fields) terminal.note(`  ${toPrintable(field.path)}: ${toPrintable(field.message)}`);
    for (const [name, value] of Object.entries(toText(seen)))
      terminal.note(`  ${name} ${toPrintable(value)}`);
    if (traceId !== undefined) terminal.note(`  trace ${toPrintable(traceId)}`);
  }
  if (debug && error instanceof Error) terminal.note(withCauses(error));
}

function toText(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)),
      ]),
  );
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${withCauses(error.cause)}` : own;
}
