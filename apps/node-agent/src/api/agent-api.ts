import {
  AttestedTlsError,
  type AgentAttester,
  type AttestedClient,
  type Schema,
} from '@asterism/attested-tls';
import {
  agentEventSchema,
  enrolmentResponseSchema,
  selfSchema,
  type AgentEvent,
  type EnrolmentResponse,
  type EvidenceAnswer,
  type ProgressRequest,
  type Self,
} from '@asterism/contracts';

/** What every claim set of this node names. */
export interface NodeClaims {
  readonly cluster: string;
  readonly pool: string;
  readonly agentVersion: string;
}

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

  async enrol(stateDiskId: string): Promise<EnrolmentResponse> {
    const claims = { purpose: 'enrolment', ...this.#claims, stateDiskId } as const;
    const body = await this.#client.prove(this.#attester, claims);
    return this.#client.call(enrolmentResponseSchema, { method: 'POST', path: '/agent/v1/enrolments', body });
  }

  /** Reports the lock by a quote that shows it. */
  async reportLock(): Promise<Self> {
    const body = await this.#client.prove(this.#attester, { purpose: 'lock', ...this.#claims } as const);
    return this.#client.call(selfSchema, { method: 'POST', path: '/agent/v1/lock', body });
  }

  reportProgress(body: ProgressRequest): Promise<Self> {
    return this.#client.call(selfSchema, { method: 'POST', path: '/agent/v1/progress', body });
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
