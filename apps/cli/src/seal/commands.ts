import {
  createSealSlot,
  readSeal,
  removeSealSlot,
  replaceKek,
  unseal,
  type SealSlot,
  type SealStatus,
} from '@asterism/api-client';
import { dataOf } from '../connection/client.ts';
import { withApi } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { toFields, toTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';

const codeOf = ({ sealed }: SealStatus): ExitCode => (sealed ? EXIT.undecided : EXIT.good);

export async function status({ context }: Invocation<object>): Promise<ExitCode> {
  return withApi(context, async ({ client }) => {
    const seal = await dataOf(readSeal({ client }));
    sayStatus(context.terminal, seal);
    return codeOf(seal);
  });
}

export async function slots({ context }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const { slots: items } = await dataOf(readSeal({ client }));
    context.terminal.result(items, () => toSlotTable(items));
  });
}

export async function unsealNow({ context }: Invocation<object>): Promise<ExitCode> {
  return withApi(context, async ({ client }) => {
    const seal = await dataOf(unseal({ client }));
    sayStatus(context.terminal, seal);
    return codeOf(seal);
  });
}

interface ResealOptions {
  readonly pcrs?: number[];
  readonly value?: Record<string, string>;
  readonly comment: string;
}

export async function reseal({ context, options }: Invocation<ResealOptions>): Promise<undefined> {
  const { pcrs, value, comment } = options;
  const body = {
    comment,
    ...(pcrs === undefined ? {} : { pcrs }),
    ...(value === undefined ? {} : { values: value }),
  };
  await withApi(context, async ({ client }) => {
    const slot = await dataOf(createSealSlot({ client, body }));
    context.terminal.result(slot, () => toSlotTable([slot]));
    if (!context.terminal.json) {
      context.terminal.note('the slots before are still there: remove one with `asterism seal remove`');
    }
  });
}

export async function remove({ context, args: [slot = ''] }: Invocation<object>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    await dataOf(removeSealSlot({ client, path: { slot } }));
    context.terminal.result({ removed: slot }, () => `removed ${slot}`);
  });
}

export async function replaceLostKek({
  context,
  options,
}: Invocation<{ reason: string }>): Promise<undefined> {
  await withApi(context, async ({ client }) => {
    const body = { confirm: 'replace the KEK', reason: options.reason } as const;
    sayStatus(context.terminal, await dataOf(replaceKek({ client, body })));
    if (!context.terminal.json) {
      context.terminal.note('clusters stay closed until their own shares come: `asterism recover`');
    }
  });
}

function sayStatus(terminal: Terminal, seal: SealStatus): void {
  terminal.result(seal, () =>
    [
      toFields([
        ['keys', seal.sealed ? terminal.style('red', 'sealed') : terminal.style('green', 'open')],
        ['reason', seal.reason],
        ['seal', seal.configured],
      ]),
      toSlotTable(seal.slots),
    ].join('\n\n'),
  );
}

function toSlotTable(items: readonly SealSlot[]): string {
  return toTable(
    [
      { title: 'slot', value: ({ id }: SealSlot) => id },
      { title: 'bound to', value: ({ binding }) => toText(binding) },
      { title: 'made', value: ({ createdAt }) => createdAt },
      { title: 'opened', value: ({ openedAt }) => openedAt },
      { title: 'comment', value: ({ comment }) => comment },
    ],
    items,
  );
}

function toText(binding: SealSlot['binding']): string {
  switch (binding.kind) {
    case 'tpm':
      return `TPM, PCR ${binding.pcrs.join(', ')} (${binding.bank} ${binding.pcrDigest.slice(0, 16)}…)`;
    case 'kek':
      return `provider ${binding.provider}`;
    case 'key-file':
      return 'key file';
    case 'unknown':
      return 'unknown: of an earlier version';
  }
}
