import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly count: number;
  readonly json: boolean;
}

export function readOptions(defaults: { readonly count: number }): BenchOptions {
  const { values } = parseArgs({
    options: { count: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  return { count: values.count === undefined ? defaults.count : Number(values.count), json: values.json };
}

export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** One JSON document, or a table of each list and a line of each other field. */
export function print(json: boolean, bench: string, result: object): void {
  if (json) {
    console.log(JSON.stringify({ bench, ...(Array.isArray(result) ? { results: result } : result) }));
    return;
  }
  for (const [name, value] of Array.isArray(result) ? [['', result] as const] : Object.entries(result)) {
    if (Array.isArray(value)) console.table(value);
    else
      console.log(`${name.padEnd(32)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  }
}
