import {
  AttestedTlsError,
  type AgentAttester,
  type AttestedClient,
  type Schema,
} from '@asterism/attested-tls';
import {
  agentEventSchema,
  enrolmentResponseSchema,
  hostCertificateSchema,
  nodeAccessStateSchema,
  selfSchema,
  memberKeySchema,
  type AgentEvent,
  type EvidenceAnswer,
  type HostCertificate,
  type MemberKeyRequest,
  type NodeAccessReport,
  type NodeAccessState,
  type NodeEvent,
  type ProgressRequest,
  type Self,
  type SshSessionEvent,
} from '@asterism/contracts';
import type { GivenKey } from '../keys/member-keys.ts';
import { TICKET_SECRETS, TicketSecrets, type Enrolled } from './ticket-secrets.ts';

/** What every claim set of this node names. */
export interface NodeClaims {
  readonly cluster: string;
  readonly pool: string;
  readonly agentVersion: string;
}

/** Bytes: a revocation list of 100,000 serials is one MiB of it, and thousands of accounts are as much. */
const MOST_ACCESS = 8 * 1024 * 1024;
/** Milliseconds. A client of the key socket waits for the answer. */
const KEY_TIMEOUT = 5_000;

const noContent: Schema<void> = { parse: () => undefined };

/** Routes of the node listener, on one attested connection. Each method throws what `AttestedClient.call` throws. */
export class AgentApi {
  readonly #client: AttestedClient;
  readonly #attester: AgentAttester;
  readonly #claims: NodeClaims;

  constructor(client: AttestedClient, attester: AgentAttester, claims: NodeClaims) {
    this.#client = client;
    this.#attester = attester;
    this.#claims = claims;
  }

  async enrol(stateDiskId: string): Promise<Enrolled> {
    const claims = { purpose: 'enrolment', ...this.#claims, stateDiskId } as const;
    const body = await this.#client.prove(this.#attester, claims);
    const request = { method: 'POST', path: '/agent/v1/enrolments', body } as const;
    const { value, secrets } = await this.#client.callSecret(
      enrolmentResponseSchema,
      request,
      TICKET_SECRETS,
    );
    if (value.kind === 'wait') return value;
    return { kind: 'grant', ticket: value.ticket, secrets: TicketSecrets.from(secrets) };
  }

  /** Reports the lock by a quote that shows it. */
  async reportLock(): Promise<Self> {
    const body = await this.#client.prove(this.#attester, { purpose: 'lock', ...this.#claims } as const);
    return this.#client.call(selfSchema, { method: 'POST', path: '/agent/v1/lock', body });
  }

  reportProgress(body: ProgressRequest): Promise<Self> {
    return this.#client.call(selfSchema, { method: 'POST', path: '/agent/v1/progress', body });
  }

  async reportEvent(event: NodeEvent): Promise<void> {
    await this.#client.call(noContent, { method: 'POST', path: '/agent/v1/node-events', body: event });
  }

  /** Who may log in to this node: the whole of it. */
  readAccess(): Promise<NodeAccessState> {
    const maximum = MOST_ACCESS;
    return this.#client.call(nodeAccessStateSchema, { method: 'GET', path: '/agent/v1/access', maximum });
  }

  certifyHostKey(publicKey: string): Promise<HostCertificate> {
    const path = '/agent/v1/access/host-certificates';
    return this.#client.call(hostCertificateSchema, { method: 'POST', path, body: { publicKey } });
  }

  reportAccess(body: NodeAccessReport): Promise<void> {
    return this.#client.call(noContent, { method: 'POST', path: '/agent/v1/access/report', body });
  }

  reportSessions(events: readonly SshSessionEvent[]): Promise<void> {
    return this.#client.call(noContent, {
      method: 'POST',
      path: '/agent/v1/access/sessions',
      body: { events },
    });
  }

  /** A key of a volume or an object store that this node may have. */
  async requestKey(body: MemberKeyRequest): Promise<GivenKey> {
    const request = { method: 'POST', path: '/agent/v1/keys', body, timeout: KEY_TIMEOUT } as const;
    const { value, secrets } = await this.#client.callSecret(memberKeySchema, request, ['key']);
    const { purpose, id, version, current } = value;
    return {
      description: { purpose, id, version, current },
      characters: secrets.get('key') ?? new Uint8Array(),
    };
  }

  async *events(signal: AbortSignal): AsyncGenerator<AgentEvent> {
    for await (const { data } of this.#client.stream('/agent/v1/stream', signal)) {
      yield parseEvent(data);
    }
  }

  answer(requestId: string, answer: EvidenceAnswer): Promise<void> {
    const path = `/agent/v1/evidence-requests/${requestId}`;
    return this.#client.call(noContent, { method: 'POST', path, body: answer });
  }
}

function parseEvent(data: string): AgentEvent {
  try {
    return agentEventSchema.parse(JSON.parse(data));
  } catch (cause) {
    throw new AttestedTlsError('response-invalid', 'event of the stream is not what the contract says', {
      cause,
    });
  }
}
