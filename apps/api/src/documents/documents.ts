import type { JsonSchema } from '../contract/schemas.ts';

type Emit = () => JsonSchema;

/** Both documents as this process serves them: made, and kept as text, when somebody first asks. */
export class Documents {
  readonly #operator: Emit;
  readonly #agent: Emit;
  readonly #texts = new Map<Emit, string>();

  constructor(operator: Emit, agent: Emit) {
    this.#operator = operator;
    this.#agent = agent;
  }

  get operator(): string {
    return this.#textOf(this.#operator);
  }

  get agent(): string {
    return this.#textOf(this.#agent);
  }

  #textOf(emit: Emit): string {
    const text = this.#texts.get(emit) ?? JSON.stringify(emit());
    this.#texts.set(emit, text);
    return text;
  }
}
