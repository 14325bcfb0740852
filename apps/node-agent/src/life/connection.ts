import {
  connectAttested,
  createTlsIdentity,
  type ApiExpectation,
  type AttestedClient,
} from '@asterism/attested-tls';
import type { Attestation } from '@asterism/contracts';
import { setTimeout as wait } from 'node:timers/promises';
import type { AccessControl } from '../access/access-control.ts';
import { AgentApi, type NodeClaims } from '../api/agent-api.ts';
import { NodeError } from '../errors.ts';
import type { MemberKeys } from '../keys/member-keys.ts';
import type { Logger } from '../logger.ts';
import type { Machine } from '../machine/machine.ts';
import type { NodeStatus } from '../status/status.ts';
import { answerEvent } from './answer-events.ts';
import type { BackOff } from './back-off.ts';
import type { Boot } from './boot.ts';
import type { EventReporter } from './event-reporter.ts';
import type { Verdict } from './judge.ts';

export interface ConnectionOptions {
  readonly url: URL;
  readonly expectation: ApiExpectation;
  /** Milliseconds between pings, and for the answer to one. */
  readonly keepalive: number;
  readonly claims: NodeClaims;
  readonly sshHostKeys: readonly string[];
  readonly access: AccessControl | null;
  readonly machine: Machine;
  readonly boot: Boot;
  readonly status: NodeStatus;
  readonly events: EventReporter;
  readonly keys: MemberKeys;
  readonly backOff: BackOff;
  readonly random: (length: number) => Uint8Array;
  readonly now: () => Date;
  readonly log: Logger;
}

const CONNECT_TIMEOUT = 10_000;
/** A stream that was up for so long was a good one: the next failure starts the back-off anew. */
const STEADY = 10_000;
/** Share of an attestation's life after which it is renewed. */
const RENEW_AT = 0.8;
const SHORTEST_LIFE = 10_000;
const LONGEST_LIFE = 24 * 60 * 60 * 1_000;

/**
 * One attested connection: verifies the API, proves this machine, takes the boot as far as it goes and answers the
 * stream's events.
 * @returns why it ended; null where it is to be renewed at once
 * @throws what `judge` reads, and faults of the machine
 */
export async function holdConnection(
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<Verdict | null> {
  const {
    url,
    expectation,
    keepalive,
    random,
    now,
    claims,
    machine,
    boot,
    status,
    events,
    keys,
    access,
    backOff,
  } = options;
  const client = await connectAttested({
    url,
    identity: await createTlsIdentity(now(), random),
    expectation,
    random,
    now,
    connectTimeout: CONNECT_TIMEOUT,
    keepalive: { interval: keepalive, timeout: keepalive },
  });
  try {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => void client.close(), { once: true, signal: client.closed });
    const attestation = await client.attest(machine, claims.agentVersion, signal);
    accept(attestation, client, options);
    const api = new AgentApi(client, machine, claims);
    const pause = async (seconds: number) => {
      backOff.reset();
      await wait(backOff.spread(seconds), undefined, { signal: client.closed }).catch(() => undefined);
      client.closed.throwIfAborted();
    };
    const blocked = await boot.advance({ api, attestation, pause });
    status.change({ reason: blocked, findings: [] });
    events.connect(api);
    keys.connect(api);
    access?.connect(api);
    return await holdStream({ client, api, life: lifeOf(attestation, now()) }, options, signal);
  } finally {
    events.connect(null);
    keys.connect(null);
    access?.connect(null);
    await client.close();
  }
}

function accept(
  attestation: Attestation,
  client: AttestedClient,
  { log, status, expectation }: ConnectionOptions,
) {
  const { node, locked, validUntil } = attestation;
  log.info({ ...client.connection.tls, api: expectation.kind, locked, validUntil }, 'attested both ways');
  if (node === null) return;
  status.change({ node: node.name });
  if (node.state === 'quarantined')
    throw new NodeError('node-quarantined', 'the API keeps this node in quarantine');
  if (node.state === 'revoked') throw new NodeError('node-revoked', 'this node is revoked');
}

/** Milliseconds. The node's clock may be wrong; then the API says when an attestation has expired. */
function lifeOf({ validUntil }: Attestation, now: Date): number {
  const life = Date.parse(validUntil) - now.getTime();
  return Math.min(Math.max(life, SHORTEST_LIFE), LONGEST_LIFE);
}

interface HeldStream {
  readonly client: AttestedClient;
  readonly api: AgentApi;
  readonly life: number;
}

async function holdStream(
  { client, api, life }: HeldStream,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<Verdict | null> {
  const { machine, claims, sshHostKeys, access, boot, log, backOff, now } = options;
  const renew = new AbortController();
  // The API appraises again in time, which refreshes this; where it does not, a new connection does.
  const renewal = setTimeout(() => renew.abort(), life * RENEW_AT);
  const since = now().getTime();
  const context = { client, api, machine, claims, sshHostKeys, access, record: boot.record, log };
  try {
    for await (const event of api.events(AbortSignal.any([signal, renew.signal]))) {
      if (await answerEvent(event, context)) renewal.refresh();
    }
  } catch (error) {
    if (renew.signal.aborted && !signal.aborted) return null;
    throw error;
  } finally {
    clearTimeout(renewal);
    if (now().getTime() - since >= STEADY) backOff.reset();
  }
  return { kind: 'retry', reason: 'the API ended the stream', findings: [], retryAfter: null };
}
