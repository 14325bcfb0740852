import { toBase64url, toHex, sha256, fromBase64url } from '@asterism/bytes';
import type { AgentEvent, PolicyOf, VerificationClaims } from '@asterism/contracts';
import { evidenceRequestOf } from '@asterism/attestation';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mintTpm } from '@asterism/testkit';
import type { Status } from './status/status-file.ts';
import { MutableProxy } from './testing/mutable-proxy.ts';
import { eventually, PINNED_KEY, pinOf, useNode } from './testing/node-fixture.ts';
import { credentialFor } from './testing/credential.ts';

const node = useNode();
const isMember = ({ state, reason }: Status) => state === 'member' && reason === null;

async function startMember(): Promise<void> {
  node.machine.start();
  await node.machine.until(isMember);
  await eventually(() => node.api.streams === 1);
}

/** Sends a `reattest` or `verify` event and waits for the answer that the API has verified. */
async function ask(type: 'reattest' | 'verify', more: Partial<Extract<AgentEvent, { type: 'verify' }>> = {}) {
  const { api } = node;
  const nonce = new Uint8Array(randomBytes(32));
  const requestId = randomUUID();
  api.cluster.expect(requestId, nonce);
  const evidenceRequest = evidenceRequestOf(api.cluster.attestation.policy);
  api.send({ ...more, type, requestId, nonce: toBase64url(nonce), evidenceRequest } as AgentEvent);
  await eventually(() => api.cluster.answers.has(requestId));
  const answer = api.cluster.answers.get(requestId);
  if (answer === undefined) throw new Error('unreachable');
  return answer;
}

function expectOtherAgent(policy: PolicyOf<'tpm'>): PolicyOf<'tpm'> {
  const values = [{ digest: 'ab'.repeat(32), comment: 'another agent' }];
  return {
    ...policy,
    tpm: { ...policy.tpm, pcrs: { ...policy.tpm.pcrs, '4': { mode: 'enforce', values } } },
  };
}

describe('a member answers', () => {
  it('re-attestation, by a quote for this connection and this nonce', async () => {
    await startMember();
    const { answer, appraisal } = await ask('reattest');
    expect(appraisal.result).toMatchObject({ outcome: 'accepted', findings: [] });
    expect(answer.claims).toMatchObject({ purpose: 'reattestation', cluster: 'local', pool: 'workers' });
  });

  it('verification, with its TLS key and SSH host keys, and opens the caller’s credential', async () => {
    const { machine, api } = node;
    const key = machine.file('host_key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const fingerprint = execFileSync('ssh-keygen', ['-lf', `${key}.pub`])
      .toString()
      .split(' ')[1];
    await node.configure(
      { kind: 'pinned-key', spkiSha256: await pinOf(PINNED_KEY.publicKey) },
      { sshHostKeys: [`${key}.pub`] },
    );
    await startMember();
    const { ekPublic, akPublic } = api.cluster.attestation.claimed ?? {};
    const secret = new Uint8Array(randomBytes(32));
    const activation = await credentialFor(
      fromBase64url(ekPublic ?? ''),
      fromBase64url(akPublic ?? ''),
      secret,
    );
    const { answer, appraisal } = await ask('verify', { activation });
    expect(appraisal.result.outcome).toBe('accepted');
    if (answer.purpose !== 'verification') throw new Error(answer.purpose);
    expect(answer.activationSecret).toBe(toBase64url(secret));
    const claims: VerificationClaims = answer.claims;
    expect(claims.sshHostKeys).toEqual([fingerprint]);
    expect(claims.tlsPublicKey).toBe(
      toHex(await sha256(api.cluster.attestation.clientSpki ?? new Uint8Array())),
    );
    expect(claims).toMatchObject({ kubeletCertificate: null, apiServerCertificate: null });
  });

  it('verification with a credential for another machine: evidence without its secret', async () => {
    await startMember();
    const stranger = await mintTpm();
    const activation = await credentialFor(
      stranger.ekPublic,
      stranger.akPublic,
      new Uint8Array(randomBytes(32)),
    );
    const { answer, appraisal } = await ask('verify', { activation });
    expect(appraisal.result.outcome).toBe('accepted');
    expect(answer).not.toHaveProperty('activationSecret');
    expect(await ask('reattest')).toMatchObject({ appraisal: { result: { outcome: 'accepted' } } });
  });

  it('stays on the stream when an answer comes too late', async () => {
    const { api } = node;
    await startMember();
    const evidenceRequest = evidenceRequestOf(api.cluster.attestation.policy);
    const nonce = toBase64url(randomBytes(32));
    api.send({ type: 'reattest', requestId: randomUUID(), nonce, evidenceRequest });
    await ask('reattest');
    expect(api.streams).toBe(1);
    expect(api.seen('/agent/v1/stream')).toHaveLength(1);
  });
});

describe('quarantine', () => {
  it('follows a refused re-attestation, shows the claims, and ends when the node is accepted again', async () => {
    const { machine, api } = node;
    await startMember();
    const good = api.cluster.attestation.policy;
    api.cluster.attestation.policy = expectOtherAgent(good);
    await ask('reattest');
    const quarantined = await machine.until(({ state }) => state === 'quarantined');
    expect(quarantined.findings.map(({ claim }) => claim)).toEqual(['tpm.pcr.4']);
    await eventually(() => api.seen('/agent/v1/attestation').length >= 2);
    expect((await machine.status())?.findings).toEqual(quarantined.findings);
    api.cluster.attestation.policy = good;
    api.cluster.nodeState = 'member';
    await machine.until(isMember);
    expect(api.cluster.granted).toHaveLength(1);
  });

  it('by the API’s word ends the connection and keeps its reason', async () => {
    const { machine, api } = node;
    await startMember();
    api.cluster.nodeState = 'quarantined';
    api.send({ type: 'state', state: 'quarantined', reason: 'an operator looks into it' });
    const status = await machine.until(({ state }) => state === 'quarantined');
    expect(status.reason).toContain('an operator looks into it');
    // The third says that the verdict of the second has been shown.
    await eventually(() => api.streams === 0 && api.seen('/agent/v1/attestation').length >= 3);
    expect((await machine.status())?.reason).toBe(status.reason);
  });

  it('of a PCR that moved between two starts of the agent', async () => {
    const { machine } = node;
    await startMember();
    await machine.end('SIGKILL');
    await machine.extend(11);
    machine.start();
    const status = await machine.until(({ state }) => state === 'quarantined');
    expect(status.reason).toContain('event log does not replay to the value of PCR 11');
  });
});

describe('revocation', () => {
  it('is final: the agent asks nothing more, stays, and ends cleanly', async () => {
    const { machine, api } = node;
    await startMember();
    api.cluster.nodeState = 'revoked';
    api.send({ type: 'state', state: 'revoked', reason: 'decommissioned' });
    const status = await machine.until(({ state }) => state === 'revoked');
    expect(status.reason).toContain('decommissioned');
    await eventually(() => api.streams === 0);
    const asked = api.requests.length;
    await wait(1_500);
    expect(api.requests).toHaveLength(asked);
    expect(await machine.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('is what a node hears that comes back', async () => {
    const { machine, api } = node;
    await startMember();
    await machine.end('SIGTERM');
    api.cluster.nodeState = 'revoked';
    machine.start();
    const status = await machine.until(({ state }) => state === 'revoked');
    expect(status.reason).toContain('node-revoked');
  });
});

describe('an API that goes away', () => {
  it('is dialled again until it is back; the node stays a member meanwhile', async () => {
    const { machine, api } = node;
    await startMember();
    const before = new Set(api.requests.map(({ connection }) => connection));
    await api.stop();
    const away = await machine.until(({ reason }) => reason !== null);
    expect(away.state).toBe('member');
    await machine.until(({ reason }) => reason?.includes('connect-failed') === true);
    await api.start();
    const back = await machine.until(isMember);
    expect(back.since).toBe(away.since);
    await eventually(() => api.streams === 1);
    expect(api.cluster.granted).toHaveLength(1);
    expect(before.has(api.seen('/agent/v1/stream').at(-1)?.connection ?? '')).toBe(false);
    expect((await ask('reattest')).appraisal.result.outcome).toBe('accepted');
  });

  it('without a word is noticed by its silence, and dialled again', async () => {
    const { machine, api } = node;
    const proxy = await MutableProxy.start(Number(new URL(api.url).port));
    const expectation = { kind: 'pinned-key', spkiSha256: await pinOf(PINNED_KEY.publicKey) } as const;
    await node.configure(expectation, {}, { url: proxy.url, keepaliveSeconds: 1 });
    try {
      await startMember();
      proxy.mute();
      const silent = await machine.until(({ reason }) => reason !== null);
      expect(silent).toMatchObject({ state: 'member', reason: expect.stringContaining('peer-silent') });
      await machine.until(isMember);
      await eventually(() => api.seen('/agent/v1/stream').length === 2);
    } finally {
      await proxy.stop();
    }
  });

  it('with the ticket given and the lock not yet reported costs no reboot', async () => {
    const { machine, api } = node;
    api.hold('/agent/v1/lock');
    machine.start();
    await eventually(() => api.seen('/agent/v1/lock').length === 1);
    await api.stop();
    await machine.until(({ state, reason }) => state === 'locked' && reason !== null);
    api.release('/agent/v1/lock');
    await api.start();
    await machine.until(isMember);
    expect(api.cluster.granted).toHaveLength(1);
  });

  it('is left when it is too busy, for as long as it asks', async () => {
    const { machine, api } = node;
    api.cluster.enrolment = { refuse: 'overloaded', retryAfter: 2 };
    machine.start();
    await machine.until(({ reason }) => reason?.includes('overloaded') === true);
    const asked = Date.now();
    api.cluster.enrolment = 'grant';
    await machine.until(isMember);
    expect(Date.now() - asked).toBeGreaterThan(1_800);
  });

  it('is attested anew, on a new connection, before its word on the node expires', async () => {
    const { machine, api } = node;
    api.cluster.validity = 1;
    await startMember();
    api.cluster.validity = 120;
    await eventually(() => api.seen('/agent/v1/stream').length === 2, 12_000);
    expect(new Set(api.seen('/agent/v1/attestation').map(({ connection }) => connection)).size).toBe(2);
    expect(await machine.status()).toMatchObject({ state: 'member', reason: null });
  });
});
