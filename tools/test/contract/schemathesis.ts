import { installPython } from '../python-environment.ts';
import { run } from '../processes.ts';

const RUN_MS = 120_000;
const SEED = 20_261_124;

/**
 * What must hold for every answer: no 5xx, and a status, media type, headers and body that the document names; what the
 * document forbids is refused, and no operation takes wrong credentials. Methods that the document does not name are
 * sent too, but need not be 405: a path such as `…/policies/dry-run` is also `…/policies/{version}`, and a method that
 * HTTP's parser does not know is a malformed request.
 */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'ignored_auth',
];

export interface Target {
  /** What is called, as it appears in the log. */
  readonly title: string;
  readonly document: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly caFile?: string;
  /** Operations that are called; all where it is not said. */
  readonly only?: readonly string[];
  /** Operations that are left out. */
  readonly without: readonly string[];
  readonly phases: readonly ('examples' | 'coverage' | 'fuzzing')[];
  /** Random test cases an operation. */
  readonly examples: number;
}

/**
 * One seeded, bounded run, on one thread: Python 3.11 miscounts the depth of its parser when threads share it.
 * @returns whether every check of every case held
 */
export async function runSchemathesis(target: Target, folder: string): Promise<boolean> {
  const { python } = await installPython('schemathesis');
  const { code } = await run({
    command: python,
    args: [
      ...['-m', 'schemathesis.cli', 'run', target.document, '--url', target.url],
      ...['--checks', CHECKS.join(','), '--phases', target.phases.join(','), '--seed', String(SEED)],
      ...['--max-examples', String(target.examples), '--request-timeout', '10', '--no-shrink'],
      ...['--generation-database', 'none', '--suppress-health-check', 'all', '--continue-on-failure'],
      ...(target.caFile === undefined ? [] : ['--tls-verify', target.caFile]),
      ...(target.only ?? []).flatMap((operation) => ['--include-operation-id', operation]),
      ...target.without.flatMap((operation) => ['--exclude-operation-id', operation]),
      ...target.headers.flatMap((header) => ['--header', header]),
    ],
    // Where it would look for a configuration and leave files.
    cwd: folder,
    // Any value at all makes it draw progress bars into the log.
    env: { FORCE_COLOR: '' },
    timeout: RUN_MS,
    quiet: true,
  });
  return code === 0;
}
