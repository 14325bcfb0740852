import { verificationBinding } from '@asterism/attestation';
import { fromBase64url, fromHex, sha256, toHex, type Json } from '@asterism/bytes';
import type { AgentEvent, Problem, Ticket } from '@asterism/contracts';
import type { MintedMachine } from '@asterism/testkit';
import { join, type PeerMachine, type RawPeer, type RawResponse, type StreamReader } from './raw-peer.ts';

type Asking = Extract<AgentEvent, { readonly requestId: string }>;

/** A node that holds its stream and answers what it is asked, until a test answers in its place. */
export class Member<Machine extends PeerMachine = MintedMachine> {
  readonly peer: RawPeer<Machine>;
  readonly ticket: Ticket;
  readonly stream: StreamReader;
  /** What the API answered to its evidence. */
  readonly answers: RawResponse[] = [];
  /** Events other than questions. */
  readonly told: AgentEvent[] = [];
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  /** Instead of an honest answer. */
  respond: (event: Asking) => Promise<RawResponse | undefined>;

  private constructor(peer: RawPeer<Machine>, ticket: Ticket, stream: StreamReader) {
    this.peer = peer;
    this.ticket = ticket;
    this.stream = stream;
    this.respond = (event) => this.answer(event);
    this.ended = this.#follow();
  }

  static async join<Machine extends PeerMachine>(peer: RawPeer<Machine>): Promise<Member<Machine>> {
    const ticket = await join(peer);
    const stream = await peer.follow();
    const ready = await stream.next();
    if (ready === undefined) throw new Error('the stream ended before it was ready');
    return new Member(peer, ticket, stream);
  }

  get id(): string {
    return this.ticket.node.id;
  }

  async answer(event: Asking, more: Record<string, unknown> = {}): Promise<RawResponse> {
    return this.send(event.requestId, { ...(await this.evidenceFor(event)), ...more });
  }

  send(requestId: string, body: unknown): Promise<RawResponse> {
    return this.peer.request('POST', `/agent/v1/evidence-requests/${requestId}`, body);
  }

  async evidenceFor(event: Asking): Promise<Record<string, unknown>> {
    const { machine } = this.peer;
    const { nonce, evidenceRequest } = event;
    if (event.type === 'reattest') {
      const claims = this.peer.claims('reattestation');
      return {
        purpose: 'reattestation',
        claims,
        evidence: await this.peer.evidence({ nonce, evidenceRequest }, claims),
      };
    }
    const claims = await this.verificationClaims();
    const binding = await verificationBinding(
      fromHex(this.ticket.cluster.clusterId),
      this.id,
      fromBase64url(nonce),
      claims,
    );
    const secret = event.activation && (await machine.activate(event.activation).catch(() => undefined));
    return {
      purpose: 'verification',
      claims,
      evidence: await machine.collect({ request: evidenceRequest, binding }),
      ...(secret === undefined ? {} : { activationSecret: Buffer.from(secret).toString('base64url') }),
    };
  }

  async verificationClaims(): Promise<Record<string, Json>> {
    return {
      purpose: 'verification',
      agentVersion: '0.1.0',
      tlsPublicKey: toHex(await sha256(this.peer.spki)),
      sshHostKeys: [],
      kubeletCertificate: null,
      apiServerCertificate: null,
    };
  }

  async #follow(): Promise<void> {
    for (let event = await this.stream.next(); event !== undefined; event = await this.stream.next()) {
      if (!('requestId' in event)) {
        this.told.push(event);
        continue;
      }
      const answer = await this.respond(event).catch(() => undefined);
      if (answer !== undefined) this.answers.push(answer as RawResponse<Problem>);
    }
  }
}
