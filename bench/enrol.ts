import { randomBytes } from 'node:crypto';
import { connectAttested, type AttestedClient, type TlsIdentity } from '@asterism/attested-tls';
import { fromHex } from '@asterism/bytes';
import { enrolmentResponseSchema, type Ticket } from '@asterism/contracts';
import type { MintedMachine } from '@asterism/testkit';
import { AgentApi, type NodeClaims } from '../apps/node-agent/src/api/agent-api.ts';

/** Where machines enrol, and the key by which they know the API. */
export interface Target {
  readonly url: string;
  readonly spkiSha256: string;
}

/** A machine with the TLS key of its next connection: made ahead, because a real node makes them at its own expense. */
export interface Joiner {
  readonly machine: MintedMachine;
  readonly identity: TlsIdentity;
}

/** What a client sees of an enrolment, in milliseconds. */
export interface Phases {
  readonly connect: number;
  readonly attest: number;
  readonly prove: number;
  readonly enrol: number;
}

const SECOND = 1000;
const KEEPALIVE = { interval: 60 * SECOND, timeout: 20 * SECOND };

export async function open(target: Target, { identity }: Joiner): Promise<AttestedClient> {
  return connectAttested({
    url: new URL(target.url),
    identity,
    expectation: { kind: 'pinned-key', spkiSha256: target.spkiSha256 },
    random: (length) => new Uint8Array(randomBytes(length)),
    now: () => new Date(),
    connectTimeout: 30 * SECOND,
    keepalive: KEEPALIVE,
  });
}

function claimsOf({ machine }: Joiner): NodeClaims {
  const { cluster, pool } = machine;
  return { cluster, pool, agentVersion: 'bench' };
}

function diskOf({ machine }: Joiner): string {
  return `disk-${machine.tpm.identity.slice(0, 16)}`;
}

/** From no connection to a ticket; the connection is closed then. */
export async function enrol(target: Target, joiner: Joiner): Promise<Phases> {
  const times = [performance.now()];
  const lap = (): void => void times.push(performance.now());
  const client = await open(target, joiner);
  try {
    lap();
    await client.attest(joiner.machine, 'bench');
    lap();
    const claims = { purpose: 'enrolment', ...claimsOf(joiner), stateDiskId: diskOf(joiner) } as const;
    const body = await client.prove(joiner.machine, claims);
    lap();
    const request = { method: 'POST', path: '/agent/v1/enrolments', body } as const;
    const response = await client.call(enrolmentResponseSchema, request);
    lap();
    if (response.kind !== 'grant') throw new Error(`machine was told to wait: ${response.reason}`);
  } finally {
    await client.close();
  }
  const [connect = 0, attest = 0, prove = 0, granted = 0] = times
    .slice(1)
    .map((time, i) => time - (times[i] ?? 0));
  return { connect, attest, prove, enrol: granted };
}

/** Goes all the way to membership and stays connected; the caller closes. */
export async function join(target: Target, joiner: Joiner): Promise<AttestedClient> {
  const client = await open(target, joiner);
  await client.attest(joiner.machine, 'bench');
  const api = new AgentApi(client, joiner.machine, claimsOf(joiner));
  const { cluster } = await ticketOf(api, diskOf(joiner));
  await joiner.machine.lock(fromHex(cluster.clusterId));
  await api.reportLock();
  const stateDisk = { version: 1, epoch: 1, rollback: 'none', activated: false } as const;
  await api.reportProgress({ state: 'disk-open', stateDisk });
  await api.reportProgress({ state: 'member' });
  return client;
}

async function ticketOf(api: AgentApi, disk: string): Promise<Ticket> {
  const response = await api.enrol(disk);
  if (response.kind !== 'grant') throw new Error(`machine was told to wait: ${response.reason}`);
  return response.ticket;
}
