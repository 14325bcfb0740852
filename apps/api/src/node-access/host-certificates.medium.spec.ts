import { fromBase64url } from '@asterism/bytes';
import type { HostCertificate, Problem, SshAuthority, SshKnownHosts } from '@asterism/contracts';
import { inTransaction, nodes } from '@asterism/persistence';
import { parseCertificate, parsePublicKey, parseRevocationList, verifyCertificate } from '@asterism/ssh';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
import { eventually } from '../testing/eventually.ts';
import { withFullAudit } from '../testing/full-audit.ts';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';

const ACCESS = '/v1/clusters/production/access';
const HOUR_MS = 3_600_000;
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});

let api: TestNodeApi;
let operators: TestOperators;
let worker: RawPeer;
/** Added to the database's clock. */
let later = 0;
const certify = (peer: RawPeer, publicKey: string, more: object = {}) =>
  peer.request<HostCertificate & Problem>('POST', '/agent/v1/access/host-certificates', {
    ...{ publicKey, ...more },
  });
const knownHosts = async () => (await operators.ask<SshKnownHosts>(`GET ${ACCESS}/known-hosts`)).body;
const hostAuthorities = async () =>
  (await operators.ask<{ items: SshAuthority[] }>(`GET ${ACCESS}/authorities`)).body.items
    .filter(({ kind }) => kind === 'host')
    .map(({ publicKey }) => parsePublicKey(publicKey));
const records = (action: string) =>
  api.test.sql('select actor, target, details from audit where action = $1 order by sequence', [action]);

beforeAll(async () => {
  api = await startTestNodeApi({ database: { clock: () => new Date(Date.now() + later) } });
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  await api.initialise();
});
afterAll(async () => {
  await operators.close();
  await api.stop();
});
beforeEach(async () => {
  later = 0;
  await declareAccess(operators, [accessUser(makeSshKey())], { hostCertificateSeconds: 3_600 });
  worker = await api.peer(api.machine());
  await join(worker);
});

/** What was proved of a connection does not last so long. */
async function passTime(milliseconds: number): Promise<void> {
  later += milliseconds;
  expect((await worker.attest()).status).toBe(200);
}

describe('a host certificate', () => {
  it('S17 has the names of the server’s records, and lasts as the rules say', async () => {
    const { line, fingerprint } = makeSshKey();
    const { body } = await certify(worker, `${line} root@another-node`);
    const certificate = parseCertificate(body.certificate);
    const { id, name } = (await worker.self()).body;
    const principals = [`${name}.production`, name];
    expect(certificate.principals).toEqual(principals);
    for (const principal of principals) {
      verifyCertificate(certificate, {
        ...{ kind: 'host', principal, authorities: await hostAuthorities(), now: api.database.clock() },
      });
    }
    const end = api.database.clock().getTime() + HOUR_MS;
    expect(Math.abs(Date.parse(body.validBefore) - end)).toBeLessThan(5_000);
    expect(Math.abs(Date.parse(body.renewAt) - (end - HOUR_MS / 2))).toBeLessThan(5_000);
    expect((await records('ssh-host-key.certified')).at(-1)).toMatchObject({
      ...{ actor: `node:${id}`, target: `node:${id}`, details: { fingerprint, principals } },
    });
  });

  it.each([{ principals: ['api.production'] }, { name: 'api' }, { validBefore: '2099-01-01T00:00:00.000Z' }])(
    'S17 is not made where the node asks for more: %o',
    async (more) => {
      expect(await certify(worker, makeSshKey().line, more)).toMatchObject(refusedAs('request-invalid', 400));
    },
  );

  it('is the same while it is young, and a new one after half of its time', async () => {
    const { line } = makeSshKey();
    const { body: first } = await certify(worker, line);
    expect((await certify(worker, line)).body).toEqual(first);
    await passTime(HOUR_MS / 2 + 1_000);
    const { body: second } = await certify(worker, line);
    expect(Date.parse(second.validBefore)).toBeGreaterThan(Date.parse(first.validBefore));
    expect((await certify(worker, line)).body).toEqual(second);
  });

  it('is a new one as soon as another authority signs', async () => {
    const { line } = makeSshKey();
    const { body: first } = await certify(worker, line);
    await operators.ask(`POST ${ACCESS}/authorities/host/rotate`);
    expect((await certify(worker, line)).body).toEqual(first);
    await passTime(61_000);
    const { body: second } = await certify(worker, line);
    expect(second.authorityVersion).toBe(first.authorityVersion + 1);
    const [newest] = await hostAuthorities();
    expect(parseCertificate(second.certificate).authority).toMatchObject({ blob: newest?.blob });
  });

  it('S33 is one node’s: another with the same key is refused, audited, and told nothing of whose it is', async () => {
    const { line, fingerprint } = makeSshKey();
    await certify(worker, line);
    const thief = await api.peer(api.machine());
    await join(thief);
    const owner = (await worker.self()).body;
    for (let n = 0; n < 25; n++) {
      const refused = await certify(thief, line);
      expect(refused).toMatchObject(refusedAs('ssh-host-key-taken', 409));
      expect(JSON.stringify(refused.body)).not.toMatch(new RegExp(`${owner.id}|${owner.name}`));
    }
    const refusals = await records('ssh-host-key.refused');
    expect(refusals).toHaveLength(20);
    expect(refusals[0]).toMatchObject({
      actor: `node:${(await thief.self()).body.id}`,
      details: { fingerprint, code: 'ssh-host-key-taken' },
    });
    expect((await certify(worker, line)).status).toBe(200);
  });

  it('is one node’s of those that ask for the same key at once', async () => {
    const { line } = makeSshKey();
    const others = await Promise.all([api.peer(api.machine()), api.peer(api.machine())]);
    for (const peer of others) await join(peer);
    const answers = await Promise.all([worker, ...others].map((peer) => certify(peer, line)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('is for a key, and one alone: libs/ssh says what is one', async () => {
    const { line } = makeSshKey();
    const { certificate } = (await certify(worker, line)).body;
    for (const bad of ['ssh-ed25519 AAAA', certificate, line.replace('ssh-ed25519', 'ssh-rsa')]) {
      expect(await certify(worker, bad)).toMatchObject(refusedAs('ssh-public-key-invalid', 400));
    }
    for (const bad of [`${line}\n${line}`, `no-pty ${line}`, '']) {
      expect(await certify(worker, bad)).toMatchObject(refusedAs('request-invalid', 400));
    }
  });

  it('is for eight keys of a node, until the certificates of others are out of time', async () => {
    for (let n = 0; n < 8; n++) expect((await certify(worker, makeSshKey().line)).status).toBe(200);
    const { line } = makeSshKey();
    expect(await certify(worker, line)).toMatchObject(refusedAs('rate-limited', 429));
    await passTime(HOUR_MS + 1_000);
    expect((await certify(worker, line)).status).toBe(200);
    const { id } = (await worker.self()).body;
    expect(await api.test.sql('select 1 from ssh_host_keys where node_id = $1', [id])).toHaveLength(1);
  });

  it('S24 is refused by clients from the commit on that revokes its node', async () => {
    const { line, fingerprint } = makeSshKey();
    await certify(worker, line);
    const { id, name } = (await worker.self()).body;
    const isRevoked = async () =>
      parseRevocationList(fromBase64url((await knownHosts()).revokedHostKeys)).fingerprints.has(fingerprint);
    expect(await isRevoked()).toBe(false);
    const body = { reason: 'stolen', confirm: name };
    expect((await operators.ask(`POST /v1/clusters/production/nodes/${id}/revoke`, { body })).status).toBe(
      200,
    );
    expect(await isRevoked()).toBe(true);
    expect(await certify(worker, line)).toMatchObject(refusedAs('node-revoked', 403));
    const { body: node } = await operators.ask(`GET ${ACCESS}/nodes/${id}`);
    expect(node).toMatchObject({ hostKeys: [{ fingerprint, revoked: true }] });
  });

  it('S24 is not made when the node’s rights end meanwhile', async () => {
    const { id } = (await worker.self()).body;
    const { line, fingerprint } = makeSshKey();
    let asked: Promise<unknown> = Promise.resolve();
    await inTransaction(api.database, async (tx) => {
      await nodes.revoke(tx, api.seeded.cluster.id, id, { by: 'token:test', reason: 'stolen' });
      // The guard sees the node as it was; the making waits for this commit.
      asked = certify(worker, line);
      await eventually(async () => {
        const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%for share%'`;
        expect(await api.test.sql(waiting)).toHaveLength(1);
      });
    });
    expect(await asked).toMatchObject(refusedAs('node-revoked', 403));
    expect(await api.test.sql('select 1 from ssh_host_keys where fingerprint = $1', [fingerprint])).toEqual(
      [],
    );
  });

  it('S30 is not made where its record cannot be written', async () => {
    const { line, fingerprint } = makeSshKey();
    await withFullAudit(api.test, async () => {
      expect((await certify(worker, line)).status).toBe(500);
    });
    expect(await api.test.sql('select 1 from ssh_host_keys where fingerprint = $1', [fingerprint])).toEqual(
      [],
    );
    expect((await certify(worker, line)).status).toBe(200);
  });
});
