import { fromBase64url, fromUtf8, toBase64url, toHex, type Json } from '@asterism/bytes';
import type { EvidenceRequest, PolicyOf, TpmEvidence } from '@asterism/contracts';
import { mintTpm, type MintedTpm } from '@asterism/testkit';
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import {
  connect as connectTcp,
  createServer as createTcpServer,
  type AddressInfo,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attestationBinding, type BindingParts, type Role } from './binding.ts';
import {
  connectAttested,
  connectionOf,
  createAttestedServer,
  createTlsIdentity,
  proveIdentity,
  type AgentAttester,
  type ApiExpectation,
  type AttestedClient,
  type ConnectOptions,
  type TlsIdentity,
} from './index.ts';

const CLAIMS = { version: '0.1.0' };
const REQUEST: EvidenceRequest = { variant: 'tpm', bank: 'sha256', pcrs: [4, 15] };
const PCR4 = new Uint8Array(32).fill(4);

let apiTpm: MintedTpm;
let nodeTpm: MintedTpm;
interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
let identityKey: KeyPair;
let tls: TlsIdentity;
beforeAll(async () => {
  [apiTpm, nodeTpm, tls] = await Promise.all([
    mintTpm(),
    mintTpm(),
    createTlsIdentity(new Date(), randomBytes),
  ]);
  identityKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
});

const policy = (change: Partial<PolicyOf<'tpm'>['tpm']> = {}): PolicyOf<'tpm'> => ({
  schema: 'asterism/policy/v1',
  variant: 'tpm',
  reattestationInterval: 60,
  maximumCollateralAge: 'any',
  approval: 'automatic',
  tpm: {
    bank: 'sha256',
    pcrs: { '4': { mode: 'enforce', values: [{ digest: toHex(PCR4), comment: 'this API' }] } },
    attestationKey: { trust: 'pinned', keys: [apiTpm.akSpkiSha256] },
    eventLog: 'any',
    ...change,
  },
});
const evidence = (change: Partial<PolicyOf<'tpm'>['tpm']> = {}): ApiExpectation => ({
  kind: 'evidence',
  policy: policy(change),
});
const pinnedKey = async (key: KeyObject = identityKey.publicKey): Promise<ApiExpectation> => {
  const spki = key.export({ type: 'spki', format: 'der' });
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(spki));
  return { kind: 'pinned-key', spkiSha256: toHex(new Uint8Array(digest)) };
};

interface Call {
  readonly path: string;
  readonly body: Record<string, unknown> & { nonce?: string };
}
type Answer = (call: Call, request: Http2ServerRequest, response: Http2ServerResponse) => unknown;

let calls: Call[];
let server: Http2SecureServer;
let answers: Record<string, Answer>;
let clients: AttestedClient[];
let others: { close(): unknown }[];

/** What the binding of the server's proof is made of, honestly; a test spoils one part. */
type Spoil = Partial<BindingParts> & { readonly role?: Role };

async function serverBinding(call: Call, request: Http2ServerRequest, spoil: Spoil = {}) {
  const { exporter, ownSpki } = connectionOf(request);
  const { role = 'server', ...parts } = spoil;
  const nonce = fromBase64url(call.body.nonce ?? '');
  return attestationBinding(role, { exporter, nonce, spki: ownSpki, claims: CLAIMS, ...parts });
}
const challenge = (more: object) => ({
  nonce: toBase64url(randomBytes(32)),
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
  evidenceRequest: REQUEST,
  claims: CLAIMS,
  ...more,
});
/** The API's evidence, true but for what is spoilt. */
const withEvidence =
  (order: { spoil?: Spoil; pcr4?: Uint8Array; tpm?: () => MintedTpm; claims?: Json } = {}): Answer =>
  async (call, request) => {
    const quoted = await (order.tpm?.() ?? apiTpm).quote({
      request: REQUEST,
      binding: await serverBinding(call, request, order.spoil),
      pcrs: { 4: order.pcr4 ?? PCR4 },
    });
    return challenge({ evidence: quoted, ...(order.claims === undefined ? {} : { claims: order.claims }) });
  };
const withIdentity =
  (order: { spoil?: Spoil; keys?: KeyPair; change?: object } = {}): Answer =>
  async (call, request) => {
    const { privateKey, publicKey } = order.keys ?? identityKey;
    const proof = proveIdentity(privateKey, publicKey, await serverBinding(call, request, order.spoil));
    return challenge({ identityProof: { ...proof, ...order.change } });
  };
const ATTESTED = {
  appraisal: {
    outcome: 'accepted',
    status: 'affirming',
    variant: 'tpm',
    claims: [],
    findings: [],
    trustworthiness: {},
  },
  validUntil: '2030-01-01T00:00:00.000Z',
  locked: false,
  node: null,
};

async function bodyOf(request: Http2ServerRequest): Promise<Call['body']> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return (text === '' ? {} : JSON.parse(text)) as Call['body'];
}

beforeEach(async () => {
  [calls, clients, others] = [[], [], []];
  answers = {
    '/agent/v1/attestation/challenge': withEvidence(),
    '/agent/v1/attestation': () => ATTESTED,
  };
  server = createAttestedServer(
    { identity: tls, random: randomBytes, onRefused: () => undefined },
    (request, response) => {
      void (async () => {
        const path = request.url.split('?')[0] ?? '';
        const call = { path, body: await bodyOf(request) };
        calls.push(call);
        const answer = await answers[path]?.(call, request, response);
        if (answer === undefined || response.writableEnded || response.destroyed) return;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer));
      })();
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const other of others) other.close();
  server.close();
});

const attester = (): AgentAttester & { readonly activated: unknown[] } => {
  const activated: unknown[] = [];
  return {
    activated,
    identity: () =>
      Promise.resolve({
        variant: 'tpm',
        cluster: 'production',
        pool: 'workers',
        ekPublic: toBase64url(nodeTpm.ekPublic),
        akPublic: toBase64url(nodeTpm.akPublic),
      }),
    collect: ({ request, binding }) => nodeTpm.quote({ request, binding }),
    activate: (activation) => {
      activated.push(activation);
      return Promise.resolve(Uint8Array.of(1, 2, 3));
    },
  };
};
const portOf = (listening: { address(): unknown }) => (listening.address() as AddressInfo).port;

async function connect(
  expectation: ApiExpectation = evidence(),
  change: Partial<ConnectOptions> = {},
): Promise<AttestedClient> {
  const client = await connectAttested({
    url: new URL(`https://127.0.0.1:${portOf(server)}`),
    identity: await createTlsIdentity(new Date(), randomBytes),
    expectation,
    random: randomBytes,
    now: () => new Date(),
    connectTimeout: 5_000,
    keepalive: { interval: 10_000, timeout: 10_000 },
    ...change,
  });
  clients.push(client);
  return client;
}
async function attested(
  expectation?: ApiExpectation,
  change?: Partial<ConnectOptions>,
): Promise<AttestedClient> {
  const client = await connect(expectation, change);
  await client.attest(attester(), '0.1.0');
  return client;
}

/** The failure is told first, the end of the connection right behind it. */
async function ended(client: AttestedClient): Promise<void> {
  if (!client.closed.aborted) await once(client.closed, 'abort');
}

describe('attest', () => {
  it('verifies the API, proves the machine over this connection, and returns the appraisal', async () => {
    const client = await connect();
    const attestation = await client.attest(attester(), '0.1.0');
    expect(attestation).toEqual(ATTESTED);
    expect(client.connection.tls.keyExchange).toBe('X25519MLKEM768');
    const [first, second] = calls;
    expect(Object.keys(first?.body ?? {}).sort()).toEqual(['evidenceRequest', 'identity', 'nonce']);
    expect(second?.body).toMatchObject({
      claims: { purpose: 'connection', cluster: 'production', pool: 'workers', agentVersion: '0.1.0' },
    });
    const sent = second?.body['evidence'] as TpmEvidence;
    expect(Object.keys(sent.parts.pcrs)).toEqual(['4', '15']);
  });

  it('knows the API by its pinned key', async () => {
    answers['/agent/v1/attestation/challenge'] = withIdentity();
    const client = await attested(await pinnedKey());
    expect(calls[0]?.body).not.toHaveProperty('evidenceRequest');
    expect(client.closed.aborted).toBe(false);
  });

  it('opens the credential that the API asks it to open', async () => {
    const machine = attester();
    const activation = { credentialBlob: 'AAAA', secret: 'AAAA' };
    answers['/agent/v1/attestation/challenge'] = async (call, request, response) => ({
      ...((await withEvidence()(call, request, response)) as object),
      activation,
    });
    await (await connect()).attest(machine, '0.1.0');
    expect(machine.activated).toEqual([activation]);
    expect(calls[1]?.body['activationSecret']).toBe('AQID');
  });

  it('gives fresh evidence to later requests, over a nonce of their own', async () => {
    const nonce = toBase64url(randomBytes(32));
    answers['/agent/v1/nonces'] = () => ({ nonce, expiresAt: ATTESTED.validUntil, evidenceRequest: REQUEST });
    const client = await attested();
    const proof = await client.prove(attester(), { purpose: 'lock' });
    expect(proof).toMatchObject({ nonce, claims: { purpose: 'lock' }, evidence: { variant: 'tpm' } });
  });
});

describe('S07 the agent sends nothing more when', () => {
  const untrusted: readonly (readonly [
    string,
    Answer,
    string,
    (() => ApiExpectation | Promise<ApiExpectation>)?,
  ])[] = [
    ['the API has another attestation key', withEvidence({ tpm: () => nodeTpm }), 'evidence-refused'],
    ['the API measures another code', withEvidence({ pcr4: new Uint8Array(32).fill(5) }), 'evidence-refused'],
    ['the API gives no evidence', () => challenge({}), 'identity-missing'],
    ['the API gives a pinned key where evidence is expected', withIdentity(), 'identity-missing'],
    [
      'S01 its evidence is for another connection',
      withEvidence({ spoil: { exporter: new Uint8Array(32) } }),
      'evidence-refused',
    ],
    [
      'S01 its evidence is for another nonce',
      withEvidence({ spoil: { nonce: new Uint8Array(32) } }),
      'evidence-refused',
    ],
    [
      'S01 its evidence is for another TLS key',
      withEvidence({ spoil: { spki: Uint8Array.of(1) } }),
      'evidence-refused',
    ],
    [
      'S01 its evidence is for the other role',
      withEvidence({ spoil: { role: 'client' } }),
      'evidence-refused',
    ],
    [
      'S01 it states other claims than its evidence',
      withEvidence({ claims: { version: '0.1.1' } }),
      'evidence-refused',
    ],
    ['S09 its claims are nested a thousand deep', withEvidence({ claims: nest(1_000) }), 'evidence-refused'],
    [
      'S09 its evidence is damaged',
      () =>
        challenge({
          evidence: {
            variant: 'tpm',
            format: 'asterism/evidence/v1',
            parts: { quote: 'AAAA', signature: 'AAAA', akPublic: 'AAAA', pcrs: { '4': 'AAAA' } },
          },
        }),
      'evidence-refused',
    ],
    ['its key is pinned and it gives no proof', () => challenge({}), 'identity-missing', pinnedKey],
    ['its key is pinned and it gives evidence', withEvidence(), 'identity-missing', pinnedKey],
    [
      'S01 the proof of its key is for another connection',
      withIdentity({ spoil: { exporter: new Uint8Array(32) } }),
      'identity-proof-invalid',
      pinnedKey,
    ],
    [
      'S01 the proof of its key is for another nonce',
      withIdentity({ spoil: { nonce: new Uint8Array(32) } }),
      'identity-proof-invalid',
      pinnedKey,
    ],
    [
      'S01 the proof of its key is for the other role',
      withIdentity({ spoil: { role: 'client' } }),
      'identity-proof-invalid',
      pinnedKey,
    ],
    [
      'the proof of its key is empty',
      withIdentity({ change: { signature: '' } }),
      'identity-proof-invalid',
      pinnedKey,
    ],
    [
      'the proof of its key is not base64url',
      withIdentity({ change: { signature: 'AB' } }),
      'identity-proof-invalid',
      pinnedKey,
    ],
    [
      'it has another key than the pinned one',
      withIdentity({ keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }),
      'pinned-key-mismatch',
      pinnedKey,
    ],
  ];
  for (const [title, answer, code, expectation] of untrusted) {
    it(title.startsWith('S0') ? title : `S07 ${title}`, async () => {
      answers['/agent/v1/attestation/challenge'] = answer;
      const client = await connect((await expectation?.()) ?? evidence());
      await expect(client.attest(attester(), '0.1.0')).rejects.toMatchObject({
        name: 'PeerIdentityError',
        code,
      });
      await ended(client);
      expect(calls.map(({ path }) => path)).toEqual(['/agent/v1/attestation/challenge']);
      expect(
        Object.keys(calls[0]?.body ?? {})
          .filter((key) => key !== 'evidenceRequest')
          .sort(),
      ).toEqual(['identity', 'nonce']);
    });
  }

  it('S07 its key is pinned, right, signs this connection, and is not of P-256', async () => {
    // As long as one of P-256, so that only the curve tells them apart.
    const keys = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    answers['/agent/v1/attestation/challenge'] = withIdentity({ keys });
    const client = await connect(await pinnedKey(keys.publicKey));
    await expect(client.attest(attester(), '0.1.0')).rejects.toMatchObject({
      code: 'identity-proof-invalid',
    });
  });

  it('S01 someone in the middle relays the genuine API’s answer', async () => {
    const victim = await connect(evidence(), { url: new URL(`https://127.0.0.1:${portOf(server)}`) });
    const relayIdentity = await createTlsIdentity(new Date(), randomBytes);
    const relay = createAttestedServer(
      { identity: relayIdentity, random: randomBytes, onRefused: () => undefined },
      (request, response) => {
        void (async () => {
          // The relay holds a connection of its own to the genuine API and passes the nonce on.
          const call = { path: request.url, body: await bodyOf(request) };
          const upstream = await connect();
          const machine = attester();
          const relayed = await upstream
            .attest({ ...machine, identity: () => Promise.resolve(call.body['identity'] as never) }, '0.1.0')
            .then(() => lastChallenge);
          response.end(JSON.stringify(relayed));
        })();
      },
    );
    let lastChallenge: unknown;
    const honest = withEvidence();
    answers['/agent/v1/attestation/challenge'] = async (call, request, response) =>
      (lastChallenge = await honest(call, request, response));
    relay.listen(0, '127.0.0.1');
    others.push(relay);
    await once(relay, 'listening');
    const caught = await connect(evidence(), { url: new URL(`https://127.0.0.1:${portOf(relay)}`) });
    await expect(caught.attest(attester(), '0.1.0')).rejects.toMatchObject({ code: 'evidence-refused' });
    await expect(victim.attest(attester(), '0.1.0')).resolves.toBeDefined();
  });

  it('S04 nothing that could prove the API is expected of it', async () => {
    const nothing: readonly unknown[] = [
      { kind: 'pinned-key', spkiSha256: '' },
      { kind: 'pinned-key', spkiSha256: 'AB'.repeat(32) },
      { kind: 'none' },
      evidence({ attestationKey: { trust: 'endorsement-key', roots: 'any', allow: ['0'.repeat(64)] } }),
    ];
    for (const expectation of nothing) {
      await expect(connect(expectation as ApiExpectation)).rejects.toMatchObject({
        code: 'expectation-invalid',
      });
    }
    expect(calls).toEqual([]);
  });

  it('S04 the policy for the API has a hole', async () => {
    const hole = { ...policy(), tpm: { ...policy().tpm, pcrs: {} } };
    const client = await connect({ kind: 'evidence', policy: hole });
    await expect(client.attest(attester(), '0.1.0')).rejects.toMatchObject({ code: 'evidence-refused' });
    expect(calls).toHaveLength(1);
  });

  it('S07 a request is tried before the API is verified', async () => {
    const client = await connect();
    const early: readonly (() => Promise<unknown>)[] = [
      () => client.request({ method: 'GET', path: '/' }),
      () => client.call({ parse: (value) => value }, { method: 'GET', path: '/' }),
      () => client.callSecret({ parse: (value) => value }, { method: 'GET', path: '/' }, ['key']),
      () => client.prove(attester(), {}),
      () => client.stream('/').next(),
    ];
    for (const attempt of early) await expect(attempt()).rejects.toMatchObject({ code: 'not-attested' });
    expect(calls).toEqual([]);
  });
});

describe('answers of the API', () => {
  const problem = (change: object = {}) => ({
    ...{ type: 'https://asterism.dev/problems/x', title: 'x', status: 403, detail: 'PCR 4 differs' },
    ...{ code: 'evidence-refused', traceId: 't', ...change },
  });
  const refuse =
    (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
    (_call, _request, response) => {
      response.writeHead(status, headers);
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
      return undefined;
    };

  it('that refuse the machine say why, and end the connection', async () => {
    const finding = { code: 'pcr-mismatch', claim: 'tpm.pcr.4', got: 'a', wanted: ['b'], message: 'differs' };
    answers['/agent/v1/attestation'] = refuse(403, problem({ findings: [finding] }), { 'retry-after': '7' });
    const client = await connect();
    await expect(client.attest(attester(), '0.1.0')).rejects.toMatchObject({
      name: 'ProblemError',
      status: 403,
      code: 'evidence-refused',
      retryAfter: 7,
      findings: [finding],
    });
    await ended(client);
  });

  it('that are no problem of ours still have a status', async () => {
    answers['/agent/v1/self'] = refuse(502, '{"oops":true}', { 'retry-after': 'tomorrow' });
    const client = await attested();
    const schema = { parse: (value: unknown) => value };
    await expect(client.call(schema, { method: 'GET', path: '/agent/v1/self' })).rejects.toMatchObject({
      status: 502,
      code: 'http-502',
      retryAfter: null,
    });
  });

  it('takes as much as a request says, and no more', async () => {
    answers['/agent/v1/self'] = refuse(200, JSON.stringify('x'.repeat(2 * 1024 * 1024)));
    const client = await attested();
    const ask = (maximum: number) =>
      client.call({ parse: String }, { method: 'GET', path: '/agent/v1/self', maximum });
    expect(await ask(2 * 1024 * 1024 + 2)).toHaveLength(2 * 1024 * 1024);
    await expect(ask(2 * 1024 * 1024 + 1)).rejects.toMatchObject({ code: 'response-too-large' });
  });

  const raw =
    (write: (response: Http2ServerResponse) => unknown): Answer =>
    (_call, _request, response) =>
      void write(response);
  const broken: readonly (readonly [string, Answer, string])[] = [
    ['not JSON', refuse(200, '<html>'), 'response-invalid'],
    ['cut JSON', refuse(200, '{"a":'), 'response-invalid'],
    ['not UTF-8', raw((response) => response.end(Buffer.from([0x22, 0xff, 0x22]))), 'response-invalid'],
    ['over 1 MiB', refuse(200, JSON.stringify('x'.repeat(1024 * 1024))), 'response-too-large'],
    ['cut off', raw((response) => response.write('{', () => response.stream.close(2))), 'connection-closed'],
    ['never given', () => undefined, 'timeout'],
    ['begun and never ended', raw((response) => response.write('{')), 'timeout'],
  ];
  it.each(broken)('S09 %s are a coded failure of that request', async (_what, answer, code) => {
    answers['/agent/v1/self'] = answer;
    answers['/agent/v1/other'] = () => ({ fine: true });
    const client = await attested();
    const timeout = code === 'timeout' ? 150 : 5_000;
    await expect(client.request({ method: 'GET', path: '/agent/v1/self', timeout })).rejects.toMatchObject({
      code,
    });
    expect((await client.request({ method: 'GET', path: '/agent/v1/other' })).json).toEqual({ fine: true });
  });

  it('that break the contract are refused', async () => {
    answers['/agent/v1/attestation'] = () => ({ ...ATTESTED, more: true });
    await expect((await connect()).attest(attester(), '0.1.0')).rejects.toMatchObject({
      code: 'response-invalid',
    });
  });

  it('S29 that carry a secret are parsed without it', async () => {
    answers['/agent/v1/keys'] = () => ({ key: 'c2VjcmV0', id: 'v1' });
    const client = await attested();
    const schema = { parse: (value: unknown) => value };
    const request = { method: 'POST', path: '/agent/v1/keys', body: {} } as const;
    const { value, secrets } = await client.callSecret(schema, request, ['key', 'none']);
    expect(value).toEqual({ key: 'AAAAAAAA', id: 'v1' });
    expect([...secrets].map(([path, secret]) => [path, fromUtf8(secret)])).toEqual([['key', 'c2VjcmV0']]);
    answers['/agent/v1/keys'] = raw((response) => response.end('{"k\\u0065y":"c2VjcmV0"}'));
    await expect(client.callSecret(schema, request, ['key'])).rejects.toMatchObject({
      code: 'response-invalid',
    });
  });

  it('can be given up', async () => {
    answers['/agent/v1/self'] = () => undefined;
    const client = await attested();
    await expect(
      client.request({ method: 'GET', path: '/agent/v1/self', signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ code: 'connection-closed' });
    await expect((await connect()).attest(attester(), '0.1.0', AbortSignal.abort())).rejects.toThrow();
  });

  it('come as events, until the server ends the stream or refuses it', async () => {
    answers['/agent/v1/stream'] = (_call, _request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: ready\ndata: {}\n\n');
      response.end('id: 4\ndata: {"a":1}\n\n');
    };
    const client = await attested();
    const events: string[] = [];
    for await (const { event, data } of client.stream('/agent/v1/stream')) events.push(`${event} ${data}`);
    expect(events).toEqual(['ready {}', 'message {"a":1}']);
    answers['/agent/v1/stream'] = refuse(403, problem({ code: 'node-quarantined' }));
    await expect(client.stream('/agent/v1/stream').next()).rejects.toMatchObject({
      code: 'node-quarantined',
    });
  });
});

describe('the connection', () => {
  it('S03 is refused by the client too when the API speaks TLS 1.2 or no HTTP/2', async () => {
    for (const [options, code] of [
      [{ maxVersion: 'TLSv1.2' }, 'connect-failed'],
      [{ ALPNProtocols: ['http/1.1'] }, 'connect-failed'],
      [{}, 'tls-refused'],
    ] as const) {
      const lax = createTlsServer({ key: tls.privateKey, cert: tls.certificate, ...options });
      lax.on('tlsClientError', () => undefined);
      lax.listen(0, '127.0.0.1');
      others.push(lax);
      await once(lax, 'listening');
      const url = new URL(`https://127.0.0.1:${portOf(lax)}`);
      await expect(connect(evidence(), { url })).rejects.toMatchObject({ code });
    }
  });

  it('fails with a code when nobody listens, when nobody answers, and over plain HTTP', async () => {
    const silent = createTcpServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const at = portOf(silent);
    const sockets: Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    const url = new URL(`https://127.0.0.1:${at}`);
    await expect(connect(evidence(), { url, connectTimeout: 100 })).rejects.toMatchObject({
      code: 'timeout',
    });
    for (const socket of sockets) socket.destroy();
    silent.close();
    await once(silent, 'close');
    await expect(connect(evidence(), { url })).rejects.toMatchObject({ code: 'connect-failed' });
    await expect(connect(evidence(), { url: new URL(`http://127.0.0.1:${at}`) })).rejects.toMatchObject({
      code: 'connect-failed',
    });
  });

  it('ends, with everything on it, when the API stops answering pings', async () => {
    let frozen = false;
    const proxy = createTcpServer((near) => {
      const far = connectTcp(portOf(server), '127.0.0.1');
      const pass = (from: Socket, to: Socket) => {
        from.on('data', (chunk) => frozen || to.write(chunk));
        from.on('close', () => to.destroy());
        from.on('error', () => undefined);
      };
      pass(near, far);
      pass(far, near);
    });
    proxy.listen(0, '127.0.0.1');
    others.push(proxy);
    await once(proxy, 'listening');
    answers['/agent/v1/stream'] = (_call, _request, response) =>
      void response.write('event: ready\ndata: {}\n\n');
    const client = await attested(evidence(), {
      url: new URL(`https://127.0.0.1:${portOf(proxy)}`),
      keepalive: { interval: 40, timeout: 120 },
    });
    const stream = client.stream('/agent/v1/stream');
    await stream.next();
    // Several intervals of answered pings do not end it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.closed.aborted).toBe(false);
    frozen = true;
    await expect(stream.next()).rejects.toMatchObject({ code: 'peer-silent' });
    await ended(client);
    expect(client.closed.reason).toMatchObject({ code: 'peer-silent' });
    await expect(client.request({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'connection-closed',
    });
  });

  it('closes once, and says so', async () => {
    const client = await attested();
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(client.closed.reason).toMatchObject({ code: 'connection-closed' });
  });
});

function nest(depth: number): Json {
  let value: Json = {};
  for (let level = 0; level < depth; level++) value = { value };
  return value;
}
