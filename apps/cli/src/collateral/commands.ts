import {
  exportCollateral,
  importCollateral,
  listCollateral,
  type CollateralEntry,
} from '@asterism/api-client';
import { CollateralInputError, needKey, readBundle, toBundle, writeBundle } from '@asterism/collateral';
import type { CollateralBundle, CollateralImport } from '@asterism/contracts';
import { readInput } from '../appraise/input-files.ts';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Context, Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { toTable } from '../output/table.ts';
import { toPrintable } from '../output/terminal.ts';
import { replaceFile } from '../policies/write-file.ts';
import { nameOf, needsOfSite, type SiteOptions } from './needs.ts';
import { collectOnline } from './online.ts';
import { partsOf } from './parts.ts';

export async function list({ context }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const entries = await allOf((query) => dataOf(listCollateral({ client, query })));
    context.terminal.result(entries, () =>
      toTable(
        [
          { title: 'kind', value: ({ kind }: CollateralEntry) => kind },
          { title: 'key', value: ({ key }) => key },
          { title: 'from', value: ({ thisUpdate }) => thisUpdate },
          { title: 'until', value: ({ nextUpdate }) => nextUpdate },
          { title: 'fetched', value: ({ fetchedAt }) => fetchedAt },
          { title: 'source', value: ({ source }) => source },
        ],
        entries,
      ),
    );
  });
}

interface ExportOptions extends SiteOptions {
  readonly out: string;
  readonly online?: true;
}

/** @returns 2 where something that was named could not be had: the file has the rest */
export async function exportBundle({ context, options }: Invocation<ExportOptions>): Promise<ExitCode> {
  const { bundle, missing } = options.online
    ? await fromVendors(context, options)
    : await fromApi(context, options);
  await replaceFile(options.out, writeBundle(bundle));
  const items = bundle.items.map(nameOf);
  context.terminal.result({ out: options.out, items, missing }, () =>
    [
      `${items.length} items are in ${options.out}`,
      ...missing.map(({ name, reason }) => toPrintable(`missing: ${name}: ${reason}`)),
    ].join('\n'),
  );
  return missing.length === 0 ? EXIT.good : EXIT.undecided;
}

interface Exported {
  readonly bundle: CollateralBundle;
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

async function fromVendors(context: Context, options: SiteOptions): Promise<Exported> {
  const needs = needsOfSite(options);
  if (needs.length === 0) throw new UsageError('usage', '--online needs --product, --chip or --fmspc');
  const { used, missing } = await collectOnline(context, needs);
  return {
    bundle: toBundle(used.map(({ item }) => item)),
    missing: missing.map(({ need, error }) => ({ name: need.kind, reason: error.message })),
  };
}

/** All that the API keeps, or of it what is named. */
async function fromApi(context: Context, options: SiteOptions): Promise<Exported> {
  const wanted = new Set(needsOfSite(options).map((need) => nameOf(needKey(need))));
  const bundle = await withApi(context, ({ client }) => dataOf(exportCollateral({ client })));
  if (wanted.size === 0) return { bundle, missing: [] };
  const items = bundle.items.filter((item) => wanted.delete(nameOf(item)));
  const missing = [...wanted].map((name) => ({ name, reason: 'the API does not keep it' }));
  return { bundle: { ...bundle, items }, missing };
}

/** Sends bundles in parts that fit a request. @returns 1 on an item that is not genuine, 2 on one that has expired */
export async function importFiles({ context, args }: Invocation<object>): Promise<ExitCode> {
  const bundles: CollateralBundle[] = [];
  for (const file of args) bundles.push(await readBundleFile(file));
  const done: { imported: CollateralEntry[]; refused: CollateralImport['refused'] } = {
    imported: [],
    refused: [],
  };
  await withApi(context, async ({ client }) => {
    for (const body of bundles.flatMap(partsOf)) {
      const { imported, refused } = await dataOf(importCollateral({ client, body }));
      done.imported.push(...imported);
      done.refused.push(...refused);
    }
  });
  context.terminal.result(done, () =>
    [
      `${done.imported.length} items were imported`,
      ...done.refused.map((item) => toPrintable(`left out: ${nameOf(item)}: ${item.message}`)),
    ].join('\n'),
  );
  const codes = new Set(done.refused.map(({ code }) => code));
  codes.delete('collateral-older');
  if (codes.delete('collateral-expired') && codes.size === 0) return EXIT.undecided;
  return codes.size === 0 ? EXIT.good : EXIT.refused;
}

async function readBundleFile(file: string): Promise<CollateralBundle> {
  try {
    return readBundle(await readInput(file, 'bundle'));
  } catch (cause) {
    if (!(cause instanceof CollateralInputError)) throw cause;
    throw new UsageError('file-malformed', `${file}: ${cause.message}`, { cause });
  }
}
