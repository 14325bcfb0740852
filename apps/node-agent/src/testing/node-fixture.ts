import { sha256, toHex } from '@asterism/bytes';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { SharedConfiguration } from '../configuration/shared-configuration.ts';
import { buildBundle } from './build-bundle.ts';
import { ScriptedApi } from './scripted-api.ts';
import type { ScriptedProof } from './scripted-attestation.ts';
import { TestMachine } from './test-machine.ts';

const KEYS = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A machine and an API that it is configured for, new for each test. The agent is not started. */
export class NodeFixture {
  #bundle = '';
  #machine: TestMachine | null = null;
  #api: ScriptedApi | null = null;

  get machine(): TestMachine {
    if (this.#machine === null) throw new Error('no machine outside a test');
    return this.#machine;
  }

  get api(): ScriptedApi {
    if (this.#api === null) throw new Error('no API outside a test');
    return this.#api;
  }

  async build(): Promise<void> {
    this.#bundle = await buildBundle('main');
  }

  async clear(): Promise<void> {
    await rm(dirname(this.#bundle), { recursive: true });
  }

  async open(): Promise<void> {
    this.#machine = await TestMachine.create(this.#bundle);
    await this.serve({ identityKey: KEYS.privateKey });
    await this.configure({ kind: 'pinned-key', spkiSha256: await pinOf(KEYS.publicKey) });
  }

  /** Replaces the API. */
  async serve(proof: ScriptedProof): Promise<void> {
    await this.#api?.stop();
    this.#api = new ScriptedApi(await this.machine.policy(), proof);
    await this.#api.start();
  }

  /** Writes both configurations of the agent. */
  async configure(
    expectation: SharedConfiguration['api']['expectation'],
    own: Record<string, unknown> = {},
    way: { readonly url?: string; readonly keepaliveSeconds?: number } = {},
  ): Promise<void> {
    const shared: SharedConfiguration = {
      schema: 'asterism/agent-shared/v1',
      cluster: 'local',
      pool: 'workers',
      api: { url: way.url ?? this.api.url, expectation },
      stream: { keepaliveSeconds: way.keepaliveSeconds ?? 5 },
    };
    await this.machine.configure(shared, own);
  }

  /** Changes what the machine says of its state disk. */
  async configureDisk(change: Record<string, unknown>): Promise<void> {
    const expectation = { kind: 'pinned-key', spkiSha256: await pinOf(KEYS.publicKey) } as const;
    await this.configure(expectation, { stateDisk: { ...this.machine.stateDisk, ...change } });
  }

  async close(): Promise<void> {
    await this.#machine?.destroy();
    await this.#api?.stop();
    expect(this.#api?.faults).toEqual([]);
  }
}

/** SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export async function pinOf(key: KeyObject): Promise<string> {
  return toHex(await sha256(key.export({ type: 'spki', format: 'der' })));
}

export const PINNED_KEY = KEYS;

/** Registers the hooks of a test file. */
export function useNode(): NodeFixture {
  const fixture = new NodeFixture();
  beforeAll(() => fixture.build());
  afterAll(() => fixture.clear());
  beforeEach(() => fixture.open());
  afterEach(() => fixture.close());
  return fixture;
}

/** Polls until it is true. */
export async function eventually(fits: () => boolean, milliseconds = 10_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !fits();) {
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${fits.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
