import {
  createClusterRecoverySet,
  createRecoverySet,
  listClusterRecoverySets,
  listRecoverySets,
  type RecoverySet,
} from '@asterism/api-client';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toTable } from '../output/table.ts';
import { readRecipients } from './recipients.ts';
import { planShareFiles, writeShareFile } from './share-files.ts';

interface IssueOptions {
  readonly cluster?: string;
  readonly threshold: number;
  readonly recipient?: readonly string[];
  readonly recipients?: string;
  readonly out: string;
  readonly reason: string;
}

interface IssuedFile {
  readonly index: number;
  readonly name: string;
  readonly recipient: string;
  readonly file: string;
}

/** Writes one file a person; what is in it can be read by that person only. */
export async function issue({ context, options }: Invocation<IssueOptions>): Promise<undefined> {
  const { cluster, threshold, out, reason } = options;
  const recipients = await readRecipients(options.recipient ?? [], options.recipients);
  if (recipients.length < threshold) {
    throw new UsageError('usage', 'there are fewer people than it takes to recover', {
      got: recipients.length,
      want: threshold,
    });
  }
  const names = recipients.map(({ name }) => name);
  const files = await planShareFiles(out, cluster ?? 'platform', names);
  await withApi(context, async ({ client }) => {
    const body = { threshold, recipients, reason };
    const made = await dataOf(
      cluster === undefined
        ? createRecoverySet({ client, body })
        : createClusterRecoverySet({ client, path: { cluster }, body }),
    );
    const written: IssuedFile[] = [];
    for (const { index, name, recipient, encrypted } of made.shares) {
      const file = files.find((each) => each.name === name)?.file ?? '';
      await writeShareFile(file, encrypted);
      written.push({ index, name, recipient, file });
    }
    context.terminal.result({ set: made.set, files: written }, () =>
      toTable(
        [
          { title: 'share', value: ({ index }: IssuedFile) => index },
          { title: 'of', value: ({ name }) => name },
          { title: 'file', value: ({ file }) => file },
        ],
        written,
      ),
    );
    if (!context.terminal.json) {
      const { id, threshold: enough } = made.set;
      context.terminal.note(`set ${id}: any ${enough} recover; shares of a set before are taken no longer`);
    }
  });
}

export async function list({ context, options }: Invocation<{ cluster?: string }>): Promise<undefined> {
  const { cluster } = options;
  await withApi(context, async ({ client }) => {
    const sets = await allOf((query) =>
      dataOf(
        cluster === undefined
          ? listRecoverySets({ client, query })
          : listClusterRecoverySets({ client, path: { cluster }, query }),
      ),
    );
    context.terminal.result(sets, () => toTable(COLUMNS, sets.flatMap(toRows)));
  });
}

interface Row {
  readonly set: RecoverySet;
  readonly share: RecoverySet['shares'][number];
}

const toRows = (set: RecoverySet): Row[] => set.shares.map((share) => ({ set, share }));

const COLUMNS = [
  { title: 'set', value: ({ set }: Row) => set.id },
  { title: 'state', value: ({ set }: Row) => set.state },
  { title: 'recover', value: ({ set }: Row) => `${set.threshold} of ${set.shares.length}` },
  { title: 'share', value: ({ share }: Row) => share.index },
  { title: 'of', value: ({ share }: Row) => share.name },
  { title: 'used', value: ({ share }: Row) => share.lastUsedAt },
];
