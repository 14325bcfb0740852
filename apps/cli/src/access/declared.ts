import { applyAccess, planAccess, readAccess, removeAccessUser, type AccessUser } from '@asterism/api-client';
import { dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Context, Invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { toFields, toTable } from '../output/table.ts';
import { Questions } from '../recovery/questions.ts';
import { readAccessFile } from './document.ts';
import { toPlanText } from './plan-text.ts';

export interface InCluster {
  readonly cluster?: string;
}

/** The whole of it as a document: what `apply -f` takes. */
export async function show({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const { policy, users, revision } = await dataOf(readAccess({ client, path }));
    const document = { schema: 'asterism/access/v1', policy, users };
    if (context.terminal.json) return context.terminal.document(document);
    const { stringify } = await import('yaml');
    context.terminal.note(`# revision ${revision}`);
    context.terminal.say(stringify(document, { lineWidth: 0 }).trimEnd());
  });
}

export async function users({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const found = await dataOf(readAccess({ client, path: { cluster: await find(options.cluster) } }));
    context.terminal.result(found.users, () =>
      found.users.length === 0 ? 'nobody is declared' : toUserTable(found.users),
    );
  });
}

function toUserTable(found: readonly AccessUser[]): string {
  return toTable<AccessUser>(
    [
      { title: 'user', value: ({ name }) => name },
      { title: 'may be', value: ({ principals }) => principals.join(',') },
      { title: 'pools', value: ({ pools }) => (pools === 'all' ? 'all' : pools.join(',')) },
      { title: 'sudo', value: ({ sudo }) => sudo.kind },
      { title: 'keys', value: ({ publicKeys }) => publicKeys.length },
      { title: 'until', value: ({ expiresAt }) => expiresAt },
    ],
    found,
  );
}

interface FromFile extends InCluster {
  readonly file: string;
  readonly yes?: true;
}

/** Exit 1 where something would change, so that a pipeline can tell. */
export async function plan({ context, options }: Invocation<FromFile>): Promise<ExitCode> {
  const body = await readAccessFile(options.file);
  return withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const planned = await dataOf(planAccess({ client, path, body }));
    const { terminal } = context;
    terminal.result(planned, () => toPlanText(planned, (style, text) => terminal.style(style, text)));
    return planned.changes.length === 0 ? EXIT.good : EXIT.refused;
  });
}

/** Shows what changes, asks, and applies exactly that: whoever was faster makes it fail. */
export async function apply({ context, options }: Invocation<FromFile>): Promise<ExitCode> {
  const body = await readAccessFile(options.file);
  const { terminal } = context;
  return withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const planned = await dataOf(planAccess({ client, path, body }));
    if (planned.changes.length === 0) {
      terminal.result(planned, () => 'nothing changes');
      return EXIT.good;
    }
    terminal.note(toPlanText(planned, (style, text) => terminal.style(style, text)));
    if (options.yes !== true && !(await confirm(context, 'apply this?'))) {
      terminal.note('nothing was changed');
      return EXIT.refused;
    }
    const headers = { 'If-Match': `"${planned.revision}"` };
    const applied = await dataOf(applyAccess({ client, path, headers, body }));
    terminal.result(applied, () => `applied: revision ${applied.revision}`);
    return EXIT.good;
  });
}

/** `y` or `yes`; everything else, and the end of input, is no. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  const questions = new Questions(context);
  try {
    return /^y(?:es)?$/i.test(await questions.ask(`${question} [y/N] `));
  } finally {
    questions.close();
  }
}

export async function removeUser({
  context,
  args,
  options,
}: Invocation<InCluster & { readonly reason: string }>): Promise<undefined> {
  const [user = ''] = args;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), user };
    const left = await dataOf(removeAccessUser({ client, path, body: { reason: options.reason } }));
    context.terminal.result(left, () =>
      toFields([
        ['removed', user],
        ['revision', left.revision],
      ]),
    );
  });
}
