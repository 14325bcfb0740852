/**
 * What a change does to what a pool accepts. `changes` is neither: it accepts other machines, some more and some fewer.
 * `none` is for people only.
 */
export type Effect = 'loosens' | 'tightens' | 'changes' | 'none';

/** How values of a field are ordered. */
type Order =
  /** More of it accepts less. */
  | 'floor'
  /** More of it accepts more. */
  | 'ceiling'
  /** A list of what is accepted. */
  | 'accepted'
  /** A list of what is refused. */
  | 'refused'
  /** A map in which each entry is one more thing to fit. */
  | 'required'
  | 'comment'
  | 'unordered';

/** By the end of the path. The first that fits counts. */
const ORDERS: readonly (readonly [path: RegExp, order: Order])[] = [
  [/(?:^|\.)comment$/, 'comment'],
  [/\.roots\.[^.]+\.name$/, 'comment'],
  [/(?:^|\.)pcrs$/, 'required'],
  [/\.deny$/, 'refused'],
  [/\.(?:values|allow|keys|roots|products|vmpl|xfam|tdAttributes|exceptions)$/, 'accepted'],
  [/^machines$/, 'accepted'],
  [/^(?:reattestationInterval|maximumCollateralAge)$/, 'ceiling'],
  [/\.until$/, 'ceiling'],
  [/\.from$/, 'floor'],
  [/\.(?:minimumTcb\.\w+|abiMinimum)\.\w+$/, 'floor'],
  [/\.minimum(?:Svn|TcbEvaluationDataNumber)$/, 'floor'],
];

function orderOf(path: string): Order {
  return ORDERS.find(([pattern]) => pattern.test(path))?.[1] ?? 'unordered';
}

/** Words of which one asks for more than the other; `any` asks for nothing anywhere. */
const STRICTER: readonly (readonly [stricter: string, looser: string])[] = [
  ['enforce', 'warn'],
  ['required', 'automatic'],
];

/** Effect of a value that became another; both are there. */
export function effectOfChange(path: string, before: unknown, after: unknown): Effect {
  const order = orderOf(path);
  if (order === 'comment') return 'none';
  if (after === 'any') return 'loosens';
  if (before === 'any') return 'tightens';
  for (const [stricter, looser] of STRICTER) {
    if (before === stricter && after === looser) return 'loosens';
    if (before === looser && after === stricter) return 'tightens';
  }
  if (order !== 'floor' && order !== 'ceiling') return 'changes';
  const [was, is] = [toNumber(before), toNumber(after)];
  if (was === null || is === null || was === is) return 'changes';
  return is > was === (order === 'floor') ? 'tightens' : 'loosens';
}

/** Effect of a member of a list or map, or of a bound, that is there only after. Of one only before it is the opposite. */
export function effectOfAddition(parent: string, path: string): Effect {
  const order = orderOf(path);
  if (order === 'comment') return 'none';
  // A reference value without bounds is accepted always.
  if (order === 'floor' || order === 'ceiling') return 'tightens';
  switch (orderOf(parent)) {
    case 'accepted':
      return 'loosens';
    case 'refused':
    case 'required':
      return 'tightens';
    default:
      return 'changes';
  }
}

export function opposite(effect: Effect): Effect {
  if (effect === 'loosens') return 'tightens';
  return effect === 'tightens' ? 'loosens' : effect;
}

function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
