import { fromBase64url, fromHex } from '@asterism/bytes';
import type {
  EmergencyKit,
  IssuedSshCertificate,
  SshAuthority,
  SshGrant,
  SshKnownHosts,
} from '@asterism/contracts';
import { sshAuthorityKey } from '@asterism/keys';
import { formatPublicKey, parseCertificate, parseRevocationList, toSshPublicKey } from '@asterism/ssh';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';

const ACCESS = '/v1/clusters/production/access';

let api: TestOperatorApi;
let later = 0;
beforeAll(async () => {
  api = await startTestOperatorApi({ database: { clock: () => new Date(Date.now() + later) } });
});
afterAll(() => api.stop());
beforeEach(() => {
  later += 100_000_000;
});

const list = async (): Promise<SshAuthority[]> =>
  (await api.ask<{ items: SshAuthority[] }>(`GET ${ACCESS}/authorities`, { token: await admin() })).body
    .items;
/** Tokens end by the same clock. */
const admin = async () => (await api.token([{ role: 'admin', clusterId: null }])).secret;
const post = async <Body = SshAuthority>(path: string, body?: object) =>
  api.ask<Body>(`POST ${ACCESS}/${path}`, { body, token: await admin() });
const statesOf = async (kind: string) =>
  (await list()).filter((each) => each.kind === kind).map(({ version, state }) => `${version} ${state}`);

describe('authorities of a cluster', () => {
  it('are derived from its root, one of each kind, and the public parts are those of the derivation', async () => {
    const { cluster } = api.clusters.production;
    const { keys } = await api.platform.clusterRoots.open(cluster.id);
    for (const { kind, version, algorithm, publicKey } of await list()) {
      const derived = toSshPublicKey(sshAuthorityKey(keys, kind, version, algorithm));
      expect(publicKey).toBe(formatPublicKey(derived));
    }
    expect((await list()).map(({ kind }) => kind).sort()).toEqual(['emergency', 'host', 'user']);
    const { body } = await api.ask<{ items: SshAuthority[] }>('GET /v1/clusters/staging/access/authorities', {
      token: await admin(),
    });
    const ours = new Set((await list()).map(({ fingerprint }) => fingerprint));
    expect(body.items.filter(({ fingerprint }) => ours.has(fingerprint))).toEqual([]);
  });

  it('rotate with a lead: trusted at once, signing after a minute, the old one trusted to the last of its certificates', async () => {
    const before = await statesOf('user');
    expect((await post('authorities/user/rotate')).body).toMatchObject({
      version: before.length + 1,
      state: 'coming',
    });
    expect((await statesOf('user')).slice(0, 2)).toEqual([
      `${before.length + 1} coming`,
      `${before.length} signing`,
    ]);
    expect((await post<{ code: string }>('authorities/user/rotate')).body.code).toBe(
      'ssh-authority-conflict',
    );
    later += 61_000;
    expect((await statesOf('user')).slice(0, 2)).toEqual([
      `${before.length + 1} signing`,
      `${before.length} retiring`,
    ]);
    later += 28_800_000;
    expect((await statesOf('user')).slice(0, 2)).toEqual([
      `${before.length + 1} signing`,
      `${before.length} retired`,
    ]);
  });

  it('sign with the version whose time it is, in the algorithm that the rules want', async () => {
    const key = makeSshKey();
    const asAdmin = {
      ask: async <Body>(route: string, ask = {}) => api.ask<Body>(route, { ...ask, token: await admin() }),
    };
    await declareAccess(asAdmin, [accessUser(key)], { authority: 'ecdsa-p256' });
    const signer = async () => {
      const grant = await post<SshGrant>('grants', { publicKey: key.line, principal: 'alice', reason: 'x' });
      const issued = await post<IssuedSshCertificate>(`grants/${grant.body.id}/certificates`, {});
      const { authority } = parseCertificate(issued.body.certificate);
      return { version: issued.body.authorityVersion, type: authority.type };
    };
    const first = await signer();
    await post('authorities/user/rotate');
    expect(await signer()).toEqual(first);
    later += 61_000;
    expect(await signer()).toEqual({ version: first.version + 1, type: 'ecdsa-sha2-nistp256' });
  });

  it('are revoked with their fingerprint alone, and another signs at once', async () => {
    const [signing] = (await list()).filter((each) => each.kind === 'host' && each.state === 'signing');
    const path = `authorities/host/${signing?.version ?? 0}/revoke`;
    const wrong = await post<{ code: string }>(path, { confirm: makeSshKey().fingerprint, reason: 'x' });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'confirmation-mismatch']);
    const body = { confirm: signing?.fingerprint, reason: 'leaked' };
    expect((await post(path, body)).body).toMatchObject({ state: 'revoked' });
    expect((await post<{ code: string }>(path, body)).body.code).toBe('ssh-authority-conflict');
    expect((await statesOf('host')).slice(0, 2)).toEqual([
      `${(signing?.version ?? 0) + 1} signing`,
      `${signing?.version ?? 0} revoked`,
    ]);
    const { lines, revokedHostKeys } = (
      await api.ask<SshKnownHosts>(`GET ${ACCESS}/known-hosts`, { token: await admin() })
    ).body;
    expect(lines.join('\n')).not.toContain(signing?.publicKey.split(' ')[1]);
    expect([...parseRevocationList(fromBase64url(revokedHostKeys)).fingerprints]).toContain(
      signing?.fingerprint,
    );
    const unknown = await post<{ code: string }>('authorities/host/999/revoke', body);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'ssh-authority-unknown']);
  });

  it('are in a kit from which the emergency’s follows with the root, and nothing of it is secret', async () => {
    const { body: kit, text } = await api.ask<EmergencyKit>(`GET ${ACCESS}/emergency-kit`, {
      token: await admin(),
    });
    const root = await api.platform.clusterRoots.readRoot(kit.cluster.id);
    const keys = { scheme: 'asterism', root, salt: fromBase64url(kit.salt) } as const;
    const derived = sshAuthorityKey(keys, 'emergency', kit.authority.version, kit.authority.algorithm);
    expect(kit.authority.publicKey).toBe(formatPublicKey(toSshPublicKey(derived)));
    for (const spelling of [Buffer.from(root).toString('hex'), Buffer.from(root).toString('base64url')]) {
      expect(text).not.toContain(spelling);
    }
    expect(fromHex(kit.cluster.clusterId)).toHaveLength(32);
  });

  it('are served while the API is sealed, and sign nothing then', async () => {
    const key = makeSshKey();
    const asAdmin = {
      ask: async <Body>(route: string, ask = {}) => api.ask<Body>(route, { ...ask, token: await admin() }),
    };
    await declareAccess(asAdmin, [accessUser(key)]);
    const grant = await post<SshGrant>('grants', { publicKey: key.line, principal: 'alice', reason: 'x' });
    api.platform.sealing.drop();
    try {
      expect((await list()).length).toBeGreaterThan(2);
      const refused = await post<{ code: string }>(`grants/${grant.body.id}/certificates`, {});
      expect([refused.status, refused.body.code]).toEqual([503, 'sealed']);
    } finally {
      await api.platform.sealing.unseal('system');
    }
  });
});
