import { Writable } from 'node:stream';
import { runProgram } from '../program.ts';
import type { AppraisalReport, ReportFinding } from '../appraise/report.ts';

export interface AppraiseRun {
  readonly exitCode: number;
  /** What `--json` printed; an error of the command line is `error`. */
  readonly report: AppraisalReport & { readonly error?: { readonly code: string; readonly detail: string } };
  /** The finding that decided, or the first remark. */
  readonly first: ReportFinding | undefined;
  readonly err: string;
}

/** Runs `asterism appraise … --json` in this process, from the command line on. */
export async function runAppraise(...argv: readonly string[]): Promise<AppraiseRun> {
  const { exitCode, out, err } = await runCommand('appraise', '--json', ...argv);
  const report = JSON.parse(out) as AppraiseRun['report'];
  return { exitCode, report, first: report.findings?.[0], err };
}

export async function runCommand(...argv: readonly string[]) {
  const [out, err] = [new Recorder(), new Recorder()];
  const exitCode = await runProgram({
    argv,
    environment: { api: undefined, ca: undefined, tokenFile: undefined, noColour: true, all: {} },
    signal: new AbortController().signal,
    out: out as unknown as NodeJS.WriteStream,
    err: err as unknown as NodeJS.WriteStream,
  });
  return { exitCode, out: out.text, err: err.text };
}

class Recorder extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
