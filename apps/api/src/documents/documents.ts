import type { JsonSchema } from '../contract/schemas.ts';

/** Both documents as this process serves them. */
export class Documents {
  readonly operator: JsonSchema;
  readonly agent: JsonSchema;

  constructor(operator: JsonSchema, agent: JsonSchema) {
    this.operator = operator;
    this.agent = agent;
  }
}
