import { attestationBinding, createTlsIdentity, type Role } from '@asterism/attested-tls';
import { fromBase64url, type Json } from '@asterism/bytes';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

/**
 * A connection to the node listener in the hands of somebody who keeps to no protocol: it says what it is told to, in
 * whatever order.
 */
export class NodeConnection {
  readonly socket: TLSSocket;
  readonly #session: ClientHttp2Session;
  readonly #spki: Uint8Array;

  private constructor(socket: TLSSocket, session: ClientHttp2Session, spki: Uint8Array) {
    this.socket = socket;
    this.#session = session;
    this.#spki = spki;
  }

  static async open(url: string, tls: ConnectionOptions = {}): Promise<NodeConnection> {
    const { hostname, port } = new URL(url);
    const identity = await createTlsIdentity(new Date(), randomBytes);
    const socket = connect({
      host: hostname,
      port: Number(port),
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
      key: identity.privateKey,
      cert: identity.certificate,
      ...tls,
    });
    await once(socket, 'secureConnect');
    const session = connectHttp2(url, { createConnection: () => socket });
    session.on('error', () => undefined);
    return new NodeConnection(socket, session, identity.spki);
  }

  /** RFC 8446 §7.5 with the label of protocol §1.2. */
  get exporter(): Uint8Array {
    return this.socket.exportKeyingMaterial(32, 'EXPORTER-asterism-attestation-v1', Buffer.alloc(0));
  }

  binding(nonce: string, claims: Json, role: Role = 'client'): Promise<Uint8Array> {
    const { exporter } = this;
    return attestationBinding(role, {
      exporter: new Uint8Array(exporter),
      nonce: fromBase64url(nonce),
      spki: this.#spki,
      claims,
    });
  }

  /** @throws Error where the connection is closed without an answer */
  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    const stream = this.#session.request({
      ':method': method,
      ':path': path,
      'content-type': 'application/json',
    });
    stream.end(body === undefined ? undefined : JSON.stringify(body));
    const [headers] = (await once(stream, 'response')) as [{ ':status'?: number }];
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return { status: headers[':status'] ?? 0, json: text === '' ? {} : (JSON.parse(text) as Answer['json']) };
  }

  close(): void {
    this.#session.destroy();
    this.socket.destroy();
  }
}
