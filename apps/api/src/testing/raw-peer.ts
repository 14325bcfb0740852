import { attestationBinding, createTlsIdentity, type AgentAttester } from '@asterism/attested-tls';
import { fromBase64url, type Json } from '@asterism/bytes';
import type {
  AgentEvent,
  Attestation,
  Challenge,
  EnrolmentResponse,
  Evidence,
  FreshNonce,
  MemberKey,
  Problem,
  Self,
  StateDiskReport,
  Ticket,
} from '@asterism/contracts';
import type { MintedMachine } from '@asterism/testkit';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';

const EXPORTER = 'EXPORTER-asterism-attestation-v1';
/** Of a disk that was opened for the first time. */
const DISK_REPORT: StateDiskReport = { version: 1, epoch: 1, rollback: 'none', activated: true };

export interface RawResponse<Body = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Body;
}

export interface StreamReader {
  /** The next event; undefined when the server has ended the stream. */
  next(): Promise<AgentEvent | undefined>;
  close(): void;
}

/** A machine that exists only as code, of whatever variant. */
export interface PeerMachine extends AgentAttester {
  readonly cluster: string;
  readonly pool: string;
  machineIdentity(): Promise<string>;
  /** By the cluster's identity, 32 bytes. */
  lock(clusterId: Uint8Array): Promise<void>;
}

/**
 * The node's side of the protocol written out, apart from the client library: it checks nothing about the API and says
 * what a test wants it to say.
 */
export class RawPeer<Machine extends PeerMachine = MintedMachine> {
  readonly machine: Machine;
  readonly socket: TLSSocket;
  readonly session: ClientHttp2Session;
  readonly exporter: Uint8Array;
  readonly spki: Uint8Array;

  private constructor(machine: Machine, socket: TLSSocket, session: ClientHttp2Session, spki: Uint8Array) {
    this.machine = machine;
    this.socket = socket;
    this.session = session;
    this.spki = spki;
    this.exporter = new Uint8Array(socket.exportKeyingMaterial(32, EXPORTER, Buffer.alloc(0)));
  }

  static async connect<Machine extends PeerMachine>(
    url: string,
    machine: Machine,
  ): Promise<RawPeer<Machine>> {
    const identity = await createTlsIdentity(new Date(), (length) => new Uint8Array(randomBytes(length)));
    const { hostname, port } = new URL(url);
    const socket = connectTls({
      host: hostname,
      port: Number(port),
      ALPNProtocols: ['h2'],
      key: identity.privateKey,
      cert: identity.certificate,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
    });
    await once(socket, 'secureConnect');
    const session = connectHttp2(url, { createConnection: () => socket });
    session.on('error', () => undefined);
    return new RawPeer(machine, socket, session, identity.spki);
  }

  /** `body` is sent as JSON, or as it is where it is bytes. */
  async request<Body = Problem>(method: string, path: string, body?: unknown): Promise<RawResponse<Body>> {
    const stream = this.#begin(method, path, body);
    const headers = await headersOf(stream);
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    return {
      status: Number(headers[':status']),
      headers,
      body: (text === '' ? null : JSON.parse(text)) as Body,
    };
  }

  /** The status of a request whose body never comes. */
  async statusWithoutBody(method: string, path: string): Promise<number> {
    const stream = this.session.request(
      { ':method': method, ':path': path, 'content-type': 'application/json', 'content-length': '1000' },
      { endStream: false },
    );
    stream.on('error', () => undefined);
    const headers = await headersOf(stream);
    stream.close();
    return Number(headers[':status']);
  }

  async challenge(body: Record<string, unknown> = {}): Promise<RawResponse<Challenge & Problem>> {
    const identity = await this.machine.identity();
    return this.request('POST', '/agent/v1/attestation/challenge', { nonce: nonce(), identity, ...body });
  }

  /** Claims of this machine for a purpose, with what a test changes. */
  claims(purpose: string, more: Record<string, Json> = {}): Record<string, Json> {
    const { cluster, pool } = this.machine;
    return { purpose, cluster, pool, agentVersion: '0.1.0', ...more };
  }

  binding(nonceText: string, claims: Json): Promise<Uint8Array> {
    const { exporter, spki } = this;
    return attestationBinding('client', { exporter, spki, nonce: fromBase64url(nonceText), claims });
  }

  async evidence(order: Pick<FreshNonce, 'nonce' | 'evidenceRequest'>, claims: Json): Promise<Evidence> {
    const binding = await this.binding(order.nonce, claims);
    return this.machine.collect({ request: order.evidenceRequest, binding });
  }

  /** Answer to a challenge, to be altered by a test before it is sent. */
  async answer(challenge: Challenge): Promise<Record<string, unknown>> {
    const claims = this.claims('connection');
    return {
      nonce: challenge.nonce,
      evidence: await this.evidence(challenge, claims),
      claims,
      ...(challenge.activation === undefined
        ? {}
        : {
            activationSecret: Buffer.from(await this.machine.activate(challenge.activation)).toString(
              'base64url',
            ),
          }),
    };
  }

  async attest(): Promise<RawResponse<Attestation & Problem>> {
    const challenge = await this.challenge();
    if (challenge.status !== 200) return challenge as RawResponse<never>;
    return this.request('POST', '/agent/v1/attestation', await this.answer(challenge.body));
  }

  async fresh(): Promise<FreshNonce> {
    const { status, body } = await this.request<FreshNonce>('POST', '/agent/v1/nonces', {});
    if (status !== 201) throw new Error(`no nonce: ${JSON.stringify(body)}`);
    return body;
  }

  /** A request with evidence made for it. */
  async prove<Body>(path: string, claims: Record<string, Json>): Promise<RawResponse<Body>> {
    const order = await this.fresh();
    return this.request<Body>('POST', path, {
      nonce: order.nonce,
      claims,
      evidence: await this.evidence(order, claims),
    });
  }

  async enrol(diskId?: string): Promise<RawResponse<EnrolmentResponse & Problem>> {
    const stateDiskId = diskId ?? `disk-${(await this.machine.machineIdentity()).slice(0, 8)}`;
    return this.prove('/agent/v1/enrolments', this.claims('enrolment', { stateDiskId }));
  }

  reportLock(): Promise<RawResponse<Self & Problem>> {
    return this.prove('/agent/v1/lock', this.claims('lock'));
  }

  report(state: string, stateDisk: StateDiskReport = DISK_REPORT): Promise<RawResponse<Self & Problem>> {
    const body = state === 'disk-open' ? { state, stateDisk } : { state };
    return this.request('POST', '/agent/v1/progress', body);
  }

  key(
    id: string,
    more: { purpose?: string; version?: number } = {},
  ): Promise<RawResponse<MemberKey & Problem>> {
    return this.request('POST', '/agent/v1/keys', { purpose: 'volume', id, ...more });
  }

  self(): Promise<RawResponse<Self & Problem>> {
    return this.request('GET', '/agent/v1/self');
  }

  async follow(): Promise<StreamReader & { readonly status: number }> {
    const stream = this.#begin('GET', '/agent/v1/stream', undefined);
    const headers = await headersOf(stream);
    const events = eventsOf(stream);
    return {
      status: Number(headers[':status']),
      next: async () => (await events.next()).value as AgentEvent | undefined,
      close: () => stream.close(),
    };
  }

  close(): void {
    this.session.destroy();
    this.socket.destroy();
  }

  #begin(method: string, path: string, body: unknown): ClientHttp2Stream {
    const stream = this.session.request(
      {
        ':method': method,
        ':path': path,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      { endStream: body === undefined },
    );
    stream.on('error', () => undefined);
    if (body !== undefined) stream.end(body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body));
    return stream;
  }
}

export function nonce(): string {
  return randomBytes(32).toString('base64url');
}

/** @throws where the stream ends without an answer */
function headersOf(stream: ClientHttp2Stream): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the stream was closed without an answer')));
  });
}

async function* eventsOf(stream: ClientHttp2Stream): AsyncGenerator<AgentEvent> {
  let buffer = '';
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      buffer += chunk.toString();
      const events = buffer.split('\n\n');
      buffer = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) yield JSON.parse(data) as AgentEvent;
      }
    }
  } catch {
    // The connection has ended, which ends the stream.
  }
}

/** What an agent reports that has opened the disk, and rotated its key where that was wanted. */
export function reportOf({ stateDisk }: Ticket): StateDiskReport {
  const { version, next, epoch } = stateDisk;
  return { version: next?.version ?? version, epoch: epoch + 1, rollback: 'none', activated: true };
}

/** Attests, enrols, locks, opens the disk and becomes a member. @throws where a step is refused */
export async function join(peer: RawPeer<PeerMachine>, stateDiskId?: string): Promise<Ticket> {
  const expected = <Body>(what: string, response: RawResponse<Body>): Body => {
    if (response.status === 200) return response.body;
    throw new Error(`${what}: ${response.status} ${JSON.stringify(response.body)}`);
  };
  expected('attest', await peer.attest());
  const enrolment = expected('enrol', await peer.enrol(stateDiskId));
  if (enrolment.kind !== 'grant') throw new Error(`waiting for ${enrolment.reason}`);
  await peer.machine.lock(Buffer.from(enrolment.ticket.cluster.clusterId, 'hex'));
  expected('lock', await peer.reportLock());
  expected('disk-open', await peer.report('disk-open', reportOf(enrolment.ticket)));
  expected('member', await peer.report('member'));
  return enrolment.ticket;
}
