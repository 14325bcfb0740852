import { followAudit, readJwks, listAudit, verifyAudit } from '@asterism/api-client';
import type { AuditRecord } from '@asterism/contracts';
import { dataOf, pagesOf } from '../connection/client.ts';
import { readText } from '../connection/endpoint.ts';
import { withApi } from '../connection/session.ts';
import type { Context, Invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { toTable } from '../output/table.ts';
import { toPrintable } from '../output/terminal.ts';
import { parseJson } from '../verify/policy-file.ts';
import { CHAIN_START, extendChain, type ChainBreak, type ChainState } from './chain.ts';
import { verifyHead } from './head.ts';

export async function listLatest({ context, options }: Invocation<{ limit: number }>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const { items } = await dataOf(
      listAudit({ client, query: { limit: options.limit, order: 'descending' } }),
    );
    context.terminal.result(items, () =>
      toTable(
        [
          { title: 'number', value: ({ sequence }: AuditRecord) => sequence },
          { title: 'at', value: ({ at }) => at },
          { title: 'actor', value: ({ actor }) => actor },
          { title: 'action', value: ({ action }) => action },
          { title: 'target', value: ({ target }) => target },
        ],
        items as readonly AuditRecord[],
      ),
    );
  });
}

export async function follow({ context }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const { stream } = await followAudit({ client, signal: context.signal });
    for await (const record of stream as AsyncIterable<AuditRecord>) {
      context.terminal.result(record, () =>
        toPrintable(`${record.sequence}  ${record.at}  ${record.actor}  ${record.action}  ${record.target}`),
      );
    }
  });
}

interface ChainReport {
  readonly intact: boolean;
  readonly records: number;
  readonly brokenAt: number | null;
  readonly reason: string | null;
  readonly head: { readonly sequence: number; readonly hash: string; readonly signedAt: string } | null;
  readonly keys: 'file' | 'server';
}

/** Recomputes the whole chain from the records, then compares its end with the signed head. */
export async function verifyChain({ context, options }: Invocation<{ jwks?: string }>): Promise<ExitCode> {
  return withApi(context, async ({ client }) => {
    // The head first: records that are written meanwhile come after it, so it must be found among those fetched.
    const { head } = await dataOf(verifyAudit({ client }));
    let state: ChainState = CHAIN_START;
    let broken: ChainBreak | null = null;
    let atHead: ChainState | null = null;
    const pages = pagesOf((query) =>
      dataOf(listAudit({ client, query: { ...query, limit: 200, order: 'ascending' } })),
    );
    for await (const records of pages) {
      ({ state, broken } = await extendChain(state, records as readonly AuditRecord[]));
      const found = records.find(({ sequence }) => sequence === head?.sequence);
      if (found !== undefined) atHead = { sequence: found.sequence, hash: found.hash };
      if (broken !== null) break;
    }
    broken ??= await verifyHead(
      head,
      atHead,
      await readKeys(context, options.jwks, () => dataOf(readJwks({ client }))),
    );
    const report: ChainReport = {
      intact: broken === null,
      records: state.sequence,
      brokenAt: broken?.sequence ?? null,
      reason: broken?.reason ?? null,
      head: head === null ? null : { sequence: head.sequence, hash: head.hash, signedAt: head.signedAt },
      keys: options.jwks === undefined ? 'server' : 'file',
    };
    context.terminal.result(report, () => toText(report));
    return report.intact ? EXIT.good : EXIT.refused;
  });
}

async function readKeys(
  context: Context,
  file: string | undefined,
  ask: () => Promise<unknown>,
): Promise<unknown> {
  if (file !== undefined) return parseJson(await readText(file, 'keys'), file);
  context.terminal.note('note: no --jwks FILE: the head is checked with the keys that the server shows now');
  return ask();
}

function toText(report: ChainReport): string {
  if (!report.intact) return toPrintable(`broken at record ${report.brokenAt}: ${report.reason}`);
  const head =
    report.head === null
      ? 'no head is signed yet'
      : `head ${report.head.sequence} signed at ${report.head.signedAt}`;
  return `intact: ${report.records} records recomputed here, ${head}`;
}
