import type { PolicyDocument } from '@asterism/contracts';
import { policies, type Database } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';

const KEPT = 256;

/**
 * Policy versions never change, so a document that was read once is kept; a policy can name thousands of machines. Which
 * version is active is asked of the database each time.
 */
export class ActivePolicies {
  readonly #database: Database;
  readonly #kept = new Map<string, Promise<PolicyDocument>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ProblemError `policy-none-active` */
  async read(clusterId: string, poolId: string, version: number | null): Promise<PolicyDocument> {
    if (version === null) {
      throw new ProblemError('policy-none-active', 'the pool has no active policy, so nothing is accepted');
    }
    const key = `${poolId} ${version}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const reading = this.#load(clusterId, poolId, version);
    this.#kept.set(key, reading);
    reading.catch(() => this.#kept.delete(key));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return reading;
  }

  async #load(clusterId: string, poolId: string, version: number): Promise<PolicyDocument> {
    const policy = await policies.find(this.#database.queries, clusterId, poolId, version);
    if (policy === undefined) throw new ProblemError('policy-none-active', 'the pool has no active policy');
    return policy.document;
  }
}
