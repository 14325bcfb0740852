import type { Unmarked } from './stages.ts';
import { PolicyError, type PolicyErrorCode } from './errors.ts';

/**
 * Run-time counterpart of the stage types: remembers which objects a stage made, so that neither a cast nor a document
 * read from storage passes for the work of a stage.
 */
export interface StageMark {
  readonly mark: <Value extends object>(value: Unmarked<Value>) => Value;
  readonly require: (value: object) => void;
}

export function stageMark(code: PolicyErrorCode, message: string): StageMark {
  const made = new WeakSet<object>();
  return {
    mark: <Value extends object>(value: Unmarked<Value>) => {
      made.add(value);
      return Object.freeze(value) as unknown as Value;
    },
    require: (value) => {
      if (!made.has(value)) throw new PolicyError(code, message);
    },
  };
}
