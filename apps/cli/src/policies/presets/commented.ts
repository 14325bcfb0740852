/** A value that a policy holds, and why it stands there. */
export interface Commented {
  readonly why: string;
  readonly value: Leaf | Members | readonly Members[];
}
export type Members = { readonly [field: string]: Commented };

type Scalar = string | number | boolean;
type Leaf = Scalar | readonly Scalar[] | { readonly plain: unknown };

export function field(why: string, value: Commented['value']): Commented {
  return { why, value };
}

/** A document without comments of its own inside, such as a list of pinned roots. */
export function plain(value: unknown): Leaf {
  return { plain: value };
}

const WIDTH = 100;
const INDENT = '  ';

/** JSON with comments (JSONC): above each field a line that says why. */
export function toJsonc(title: readonly string[], members: Members): string {
  return `${title.map((line) => `// ${line}\n`).join('')}${renderMembers(members, '')}\n`;
}

function renderMembers(members: Members, indent: string): string {
  const inner = indent + INDENT;
  const fields = Object.entries(members).map(([name, { why, value }]) => {
    const comment = wrap(why, WIDTH - inner.length).map((line) => `${inner}// ${line}\n`);
    return `${comment.join('')}${inner}${JSON.stringify(name)}: ${renderValue(value, inner)}`;
  });
  return `{\n${fields.join(',\n')}\n${indent}}`;
}

function renderValue(value: Commented['value'], indent: string): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  if (isPlain(value)) return JSON.stringify(value.plain, null, 2).replaceAll('\n', `\n${indent}`);
  if (!isList(value)) return renderMembers(value, indent);
  const inner = indent + INDENT;
  const items = value.map((item) =>
    typeof item === 'object' ? renderMembers(item, inner) : JSON.stringify(item),
  );
  return items.length === 0 ? '[]' : `[\n${items.map((item) => inner + item).join(',\n')}\n${indent}]`;
}

function isPlain(value: object): value is { readonly plain: unknown } {
  return 'plain' in value && Object.keys(value).length === 1;
}

function isList(value: object): value is readonly (Scalar | Members)[] {
  return Array.isArray(value);
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
