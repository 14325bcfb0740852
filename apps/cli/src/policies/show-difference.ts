import { readPolicy } from '@asterism/api-client';
import { toVersion } from '../commands/policies.ts';
import { dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Context, Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toPrintable, type Terminal } from '../output/terminal.ts';
import { readPolicyFile } from '../verify/policy-file.ts';
import type { Effect } from './difference-rules.ts';
import { differencesOf, type Difference } from './policy-difference.ts';

interface Comparison {
  readonly cluster?: string;
  readonly document?: readonly string[];
}

/** Of two versions, of a version and a file, or of two files. */
export async function showDifference({ context, args, options }: Invocation<Comparison>): Promise<undefined> {
  const [pool, ...versions] = args;
  const files = options.document ?? [];
  const complete = versions.length + files.length === 2 && (pool === undefined) === (versions.length === 0);
  if (!complete) {
    throw new UsageError(
      'usage',
      'compare POOL VERSION with a second version or --document FILE, or two files',
    );
  }
  const documents = [
    ...(pool === undefined
      ? []
      : await readVersions(context, options.cluster, pool, versions.map(toVersion))),
    ...(await Promise.all(files.map(readPolicyFile))),
  ];
  const differences = differencesOf(documents[0], documents[1]);
  context.terminal.result(differences, () => toReport(differences, context.terminal));
}

function readVersions(
  context: Context,
  clusterName: string | undefined,
  pool: string,
  versions: readonly number[],
): Promise<readonly unknown[]> {
  return withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(clusterName), pool };
    const read = async (version: number): Promise<unknown> =>
      (await dataOf(readPolicy({ client, path: { ...path, version } }))).document;
    return Promise.all(versions.map(read));
  });
}

const STYLES = { loosens: 'red', tightens: 'green', changes: 'yellow', none: 'dim' } as const;

function toReport(differences: readonly Difference[], terminal: Terminal): string {
  if (differences.length === 0) return 'no difference';
  const fields = differences.flatMap(({ path, before, after, effect }) => {
    const mark = effect === 'none' ? '' : `  ${terminal.style(STYLES[effect], effect)}`;
    return [
      `${toPrintable(path)}${mark}`,
      toPrintable(`  - ${before ?? 'not there'}`),
      toPrintable(`  + ${after ?? 'not there'}`),
    ];
  });
  const count = (effect: Effect) => differences.filter((field) => field.effect === effect).length;
  const summary = `${count('loosens')} loosen, ${count('tightens')} tighten, ${count('changes')} change what is accepted`;
  return [...fields, summary].join('\n');
}
