import type { AccessPlan } from '@asterism/api-client';
import { toPrintable, type Style } from '../output/terminal.ts';

type Change = AccessPlan['changes'][number];

const MARK = { add: '+', change: '~', remove: '-' } as const;
const STYLE: Readonly<Record<Change['kind'], Style>> = { add: 'green', change: 'yellow', remove: 'red' };

/** A plan as people read it: one line a thing, one a field. */
export function toPlanText(
  { changes, endedGrants }: AccessPlan,
  style: (style: Style, text: string) => string,
): string {
  if (changes.length === 0) return 'nothing changes';
  const lines = changes.flatMap((change) => [
    style(STYLE[change.kind], `${MARK[change.kind]} ${change.subject} ${toPrintable(change.name)}`),
    ...change.fields.map((field) => `    ${toFieldText(change.kind, field)}`),
  ]);
  const ended = endedGrants === 1 ? '1 grant ends' : `${endedGrants} grants end`;
  return [...lines, ...(endedGrants === 0 ? [] : [style('red', `! ${ended}, with what it let in`)])].join(
    '\n',
  );
}

function toFieldText(kind: Change['kind'], { field, before, after }: Change['fields'][number]): string {
  if (kind === 'add') return `${field}: ${toText(after)}`;
  if (kind === 'remove') return `${field}: ${toText(before)}`;
  return `${field}: ${toText(before)} -> ${toText(after)}`;
}

function toText(value: unknown): string {
  return toPrintable(typeof value === 'string' && value !== '' ? value : JSON.stringify(value));
}
