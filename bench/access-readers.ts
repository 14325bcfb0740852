import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError, type AttestedClient, type ServerSentEvent } from '@asterism/attested-tls';
import { formatPublicKey, toSshPublicKey } from '@asterism/ssh';
import { z } from 'zod';
import type { AgentApi } from '../apps/node-agent/src/api/agent-api.ts';

/** What this process, which plays a thousand nodes, looks at of what each of them reads. */
const revisionSchema = z.looseObject({ revision: z.number() });
const eventSchema = z.looseObject({ type: z.string() });

/** When a node had read a revision, and had reported it; milliseconds since 1970. */
export interface Heard {
  readonly read: number;
  readonly reported: number;
}

/** A member that does as an agent: reads when its stream says so, has its host key certified, and reports. */
export class AccessReader {
  readonly #client: AttestedClient;
  readonly #api: AgentApi;
  readonly #hostKey: string;
  #revision = 0;
  #heard: Heard = { read: 0, reported: 0 };
  #again = false;
  #reading: Promise<void> | undefined;
  #arrived: () => void = () => undefined;

  constructor(client: AttestedClient, api: AgentApi) {
    this.#client = client;
    this.#api = api;
    this.#hostKey = formatPublicKey(toSshPublicKey(generateKeyPairSync('ed25519').privateKey));
  }

  /** Resolves when the stream is ready and access has been read once. */
  async start(): Promise<void> {
    const events = this.#client.stream('/agent/v1/stream');
    await events.next();
    void this.#follow(events);
    this.#changed();
    await this.#reading;
  }

  async until(revision: number): Promise<Heard> {
    while (this.#revision < revision) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#arrived = resolve;
      await promise;
    }
    return this.#heard;
  }

  async #follow(events: AsyncGenerator<ServerSentEvent>): Promise<void> {
    try {
      for await (const { data } of events) {
        if (eventSchema.parse(JSON.parse(data)).type === 'access') this.#changed();
      }
    } catch {
      // The API has gone, and with it the benchmark.
    }
  }

  #changed(): void {
    this.#again = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const { revision } = await patiently(() =>
        this.#client.call(revisionSchema, { method: 'GET', path: '/agent/v1/access' }),
      );
      const read = Date.now();
      await patiently(() => this.#api.certifyHostKey(this.#hostKey));
      await patiently(() =>
        this.#api.reportAccess({ revision, opensshVersion: null, faults: [], drift: [], addresses: [] }),
      );
      this.#heard = { read, reported: Date.now() };
      this.#revision = revision;
      this.#arrived();
    }
  }
}

/** As an agent does: comes back when it was told to. */
async function patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'overloaded') throw error;
      await delay((error.retryAfter ?? 1) * 1_000 * (1 + Math.random() / 4));
    }
  }
}
