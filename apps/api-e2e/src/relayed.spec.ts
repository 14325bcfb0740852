import { startUp, type RunningUp } from '@asterism/testkit/up';
import type { Evidence } from '@asterism/contracts';
import { parsePem } from '@asterism/x509';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Machine } from '../../node-agent/src/machine/machine.ts';
import { openTpmMachine } from '../../node-agent/src/machine/tpm-machine.ts';
import { NodeConnection, type Answer } from './node-connection.ts';
import { TestMachine } from './test-machine.ts';

const CHALLENGE = '/agent/v1/attestation/challenge';
const ATTESTATION = '/agent/v1/attestation';
const claims = { purpose: 'connection', cluster: 'local', pool: 'workers', agentVersion: '0.1.0' } as const;

let up: RunningUp;
let host: TestMachine;
let machine: Machine;
const connections: NodeConnection[] = [];

beforeAll(async () => {
  up = await startUp({ nodes: 1 });
  host = await TestMachine.create({ data: up.data, name: 'relayed' });
  machine = await openTpmMachine({
    tpm: `unix:${join(host.folder, 'tpm.sock')}`,
    attestationKeyFile: join(host.folder, 'attestation-key.json'),
    eventLog: new Uint8Array(await readFile(join(host.folder, 'event-log.bin'))),
    ekIssuers: parsePem(await readFile(join(up.data, 'ca/software-tpm-issuers.pem'), 'utf8'), 'CERTIFICATE'),
    target: { cluster: 'local', pool: 'workers' },
  });
});
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});
afterAll(async () => {
  await machine?.close();
  await host?.dispose();
  await up?.dispose();
});

async function open(): Promise<NodeConnection> {
  const connection = await NodeConnection.open(up.ready.nodeUrl);
  connections.push(connection);
  return connection;
}

interface Challenged {
  readonly nonce: string;
  readonly request: Parameters<Machine['collect']>[0]['request'];
  readonly secret: string | undefined;
}

async function challenge(connection: NodeConnection): Promise<Challenged> {
  const body = { nonce: randomBytes(32).toString('base64url'), identity: await machine.identity() };
  const { status, json } = await connection.request('POST', CHALLENGE, body);
  expect(status).toBe(200);
  const { nonce, evidenceRequest, activation } = json as {
    nonce: string;
    evidenceRequest: Challenged['request'];
    activation?: Parameters<Machine['activate']>[0];
  };
  const secret =
    activation === undefined
      ? undefined
      : Buffer.from(await machine.activate(activation)).toString('base64url');
  return { nonce, request: evidenceRequest, secret };
}

function present(
  connection: NodeConnection,
  { nonce, secret }: Pick<Challenged, 'nonce' | 'secret'>,
  evidence: Evidence,
  stated: Record<string, unknown> = claims,
): Promise<Answer> {
  return connection.request('POST', ATTESTATION, {
    nonce,
    evidence,
    claims: stated,
    ...(secret === undefined ? {} : { activationSecret: secret }),
  });
}

describe('evidence of a genuine machine', () => {
  it('is accepted on the connection that it was made for, once', async () => {
    const connection = await open();
    const challenged = await challenge(connection);
    const binding = await connection.binding(challenged.nonce, claims);
    const evidence = await machine.collect({ request: challenged.request, binding });
    expect((await present(connection, challenged, evidence)).status).toBe(200);
    // S02 Replayed on the same connection.
    expect(await present(connection, challenged, evidence)).toMatchObject({
      status: 401,
      json: { code: 'nonce-invalid' },
    });
    // S02 Replayed on another, whose nonce it never was.
    const other = await open();
    await challenge(other);
    expect(await present(other, challenged, evidence)).toMatchObject({
      status: 401,
      json: { code: 'nonce-invalid' },
    });
  });

  it.each(['exporter', 'nonce', 'role', 'claims'] as const)(
    'S01 is refused when it was made for another %s',
    async (part) => {
      const [victim, relay] = [await open(), await open()];
      const challenged = await challenge(relay);
      const elsewhere = part === 'exporter' ? victim : relay;
      const binding = await elsewhere.binding(
        part === 'nonce' ? randomBytes(32).toString('base64url') : challenged.nonce,
        part === 'claims' ? { ...claims, agentVersion: '9.9.9' } : claims,
        part === 'role' ? 'server' : 'client',
      );
      const evidence = await machine.collect({ request: challenged.request, binding });
      expect(await present(relay, challenged, evidence)).toMatchObject({
        status: 403,
        json: { code: 'evidence-not-genuine' },
      });
      // The socket has no right from it.
      expect((await relay.request('POST', '/agent/v1/nonces', {})).json['code']).toBe('attestation-required');
    },
  );

  it('S07 is not given to somebody who stands between the node and the API', async () => {
    // The node's view: an API whose evidence is bound to another connection is not its API. What a man in the middle
    // gets from the real API is bound to his own connection with it.
    const relay = await open();
    const body = {
      nonce: randomBytes(32).toString('base64url'),
      identity: await machine.identity(),
      evidenceRequest: { variant: 'tpm', bank: 'sha256', pcrs: [4, 11, 15] },
    };
    const { json } = await relay.request('POST', CHALLENGE, body);
    const { NO_COLLATERAL, parseEvidence, VENDOR_ROOTS, verifyEvidence } =
      await import('@asterism/attestation');
    const { request, quoted } = { request: body.evidenceRequest, quoted: json['evidence'] as Evidence };
    const verify = async (connection: NodeConnection) => {
      const peer = connection.socket
        .getPeerX509Certificate()
        ?.publicKey.export({ type: 'spki', format: 'der' });
      const { attestationBinding } = await import('@asterism/attested-tls');
      const { fromBase64url } = await import('@asterism/bytes');
      const binding = await attestationBinding('server', {
        exporter: new Uint8Array(connection.exporter),
        nonce: fromBase64url(body.nonce),
        spki: new Uint8Array(peer ?? []),
        claims: json['claims'] as Record<string, string>,
      });
      return verifyEvidence(parseEvidence(quoted), {
        binding,
        request: request as Challenged['request'],
        activated: null,
        ekPublic: null,
        anchors: { endorsement: [], attestation: [] } as never,
        roots: VENDOR_ROOTS,
        collateral: NO_COLLATERAL,
        now: new Date(),
      });
    };
    await expect(verify(relay)).resolves.toMatchObject({ variant: 'tpm' });
    await expect(verify(await open())).rejects.toMatchObject({ code: 'binding-mismatch' });
  });
});

describe('S03 a TLS session', () => {
  it('is never resumed, whatever the client kept of an attested one', async () => {
    const kept: Buffer[] = [];
    const first = await open();
    first.socket.on('session', (session: Buffer) => kept.push(session));
    await challenge(first);
    await delay(200);
    const last = first.socket.getSession();
    for (const session of last === undefined ? kept : [...kept, last]) {
      const again = await NodeConnection.open(up.ready.nodeUrl, { session });
      connections.push(again);
      expect(again.socket.isSessionReused()).toBe(false);
      const answer = await again.request('POST', '/agent/v1/nonces', {});
      expect(answer.json['code']).toBe('attestation-required');
    }
  });

  it.each([
    ['TLS 1.2', { maxVersion: 'TLSv1.2' as const }],
    ['no client certificate', {}],
  ])('of %s is closed before any route runs', async (what, options) => {
    const { hostname, port } = new URL(up.ready.nodeUrl);
    const socket = connect({
      host: hostname,
      port: Number(port),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
      ...options,
    });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('secureConnect', () => socket.write('GET /agent/v1/self HTTP/1.1\r\nhost: x\r\n\r\n'));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer, what).toBe('');
  });
});
