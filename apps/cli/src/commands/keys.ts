import {
  declareKey,
  destroyKeyVersion,
  listKeys,
  readKey,
  restoreMirror,
  retireKeyVersion,
  rotateKey,
  type KeyMetadata,
  type KeyOwner,
} from '@asterism/api-client';
import type { DataKeyPurpose, MemberKeyPurpose } from '@asterism/contracts';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { toFields, toTable } from '../output/table.ts';

interface InCluster {
  readonly cluster?: string;
}

export async function listAll({
  context,
  options,
}: Invocation<InCluster & { readonly purpose?: KeyMetadata['purpose'] }>): Promise<undefined> {
  const filter = options.purpose === undefined ? {} : { purpose: options.purpose };
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const found = await allOf((query) => dataOf(listKeys({ client, path, query: { ...query, ...filter } })));
    context.terminal.result(found, () => toKeyTable(found));
  });
}

export async function show({ context, args, options }: Invocation<InCluster>): Promise<undefined> {
  const [purpose, key = ''] = args;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), purpose: purpose as KeyMetadata['purpose'], key };
    const found = await dataOf(readKey({ client, path }));
    context.terminal.result(found, () => toKeyTable(found.versions));
  });
}

interface Declaration extends InCluster {
  readonly node?: string;
  readonly pool?: string;
  readonly everyMember?: true;
}

export async function declare({ context, args, options }: Invocation<Declaration>): Promise<undefined> {
  const [purpose, id = ''] = args;
  const body = { purpose: purpose as MemberKeyPurpose, id, owner: toOwner(options) };
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const made = await dataOf(declareKey({ client, path, body }));
    context.terminal.result(made, () => toKeyTable([made]));
  });
}

function toOwner({ node, pool, everyMember }: Declaration): KeyOwner {
  if (node !== undefined) return { kind: 'node', node };
  if (pool !== undefined) return { kind: 'pool', pool };
  if (everyMember === true) return { kind: 'cluster' };
  throw new UsageError('usage', 'whose is the key?', { want: '--node, --pool or --every-member' });
}

export async function rotate({ context, args, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), ...toName(args) };
    const made = await dataOf(rotateKey({ client, path }));
    context.terminal.result(made, () => toKeyTable([made]));
  });
}

export async function retire({ context, args, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), ...toVersion(args) };
    const retired = await dataOf(retireKeyVersion({ client, path }));
    context.terminal.result(retired, () => toKeyTable([retired]));
  });
}

interface Destruction extends InCluster {
  readonly confirm: string;
  readonly reason: string;
}

export async function destroy({ context, args, options }: Invocation<Destruction>): Promise<undefined> {
  const { confirm, reason } = options;
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster), ...toVersion(args) };
    const destroyed = await dataOf(destroyKeyVersion({ client, path, body: { confirm, reason } }));
    context.terminal.result(destroyed, () => toKeyTable([destroyed]));
  });
}

export async function restoreFromMirrors({ context, options }: Invocation<InCluster>): Promise<undefined> {
  await withApi(context, async ({ client, cluster: find }) => {
    const path = { cluster: await find(options.cluster) };
    const done = await dataOf(restoreMirror({ client, path }));
    context.terminal.result(done, () =>
      toFields([
        ['restored', done.restored],
        ['there already', done.present],
        ['refused', done.refused],
      ]),
    );
  });
}

function toName([purpose, key = '']: readonly string[]) {
  return { purpose: purpose as DataKeyPurpose, key };
}

function toVersion(args: readonly string[]) {
  return { ...toName(args), version: Number(args[2]) };
}

function toKeyTable(keys: readonly KeyMetadata[]): string {
  return toTable(
    [
      { title: 'purpose', value: ({ purpose }) => purpose },
      { title: 'key', value: ({ id }) => id },
      { title: 'version', value: ({ version }) => version },
      { title: 'state', value: ({ state }) => state },
      { title: 'owner', value: ({ owner }) => owner },
      { title: 'given out', value: ({ useCount }) => useCount },
      { title: 'last', value: ({ lastUsedAt }) => lastUsedAt },
      { title: 'wrapped by', value: ({ provider }) => provider },
    ],
    keys,
  );
}
