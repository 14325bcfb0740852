import type { Cluster, Key, Problem } from '@asterism/contracts';
import { fromHex, toBase64 } from '@asterism/bytes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import vectors from '../../../../libs/keys/vectors/constellation.v1.json' with { type: 'json' };
import { createMemoryKek } from '../testing/memory-kek.ts';
import { join, type RawPeer } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { startTestOperatorApi, type TestOperatorApi } from '../testing/test-operator-api.ts';

const old = vectors.clusters[2] as (typeof vectors.clusters)[number];
const volumes = old.importedVolumes;
const [VOLUME = ''] = volumes;
const constellation = {
  masterSecret: toBase64(fromHex(old.masterSecret)),
  salt: toBase64(fromHex(old.salt)),
  measurementSalt: toBase64(fromHex(old.measurementSalt)),
  volumes,
};
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});

describe('the keys of a new cluster', () => {
  let api: TestOperatorApi;
  beforeAll(async () => {
    const providers = new Map([['here', createMemoryKek().provider]]);
    api = await startTestOperatorApi({ platform: { kek: { providers } } });
  });
  afterAll(() => api.stop());
  const create = (name: string, keys?: unknown) =>
    api.ask<Cluster & Problem>('POST /v1/clusters', {
      body: { name, ...(keys === undefined ? {} : { keys }) },
    });

  it('are derived unless said, or under a provider that is configured', async () => {
    expect((await create('usual')).body.keys).toEqual({ mode: 'managed', scheme: 'asterism' });
    const external = (await create('external', { mode: 'external', provider: 'here' })).body.keys;
    expect(external).toEqual({ mode: 'external', scheme: 'asterism', provider: 'here' });
    const unknown = await create('absent', { mode: 'external', provider: 'absent' });
    expect(unknown).toMatchObject(refusedAs('kek-provider-unknown', 404));
    const inline = { mode: 'external', provider: 'here', key: 'arn:aws:kms:eu-central-1:1:key/1' };
    expect(await create('inline', inline)).toMatchObject(refusedAs('request-invalid', 400));
  });

  it('are those of a Constellation cluster with its master secret, and so is its identity', async () => {
    const { status, body, text } = await create('taken-over', { mode: 'managed', constellation });
    expect([status, body.keys]).toEqual([201, { mode: 'managed', scheme: 'constellation' }]);
    expect(body.clusterId).toBe(old.clusterId);
    expect(text).not.toContain(constellation.masterSecret);
    const [row] = await api.test.sql(
      `select c::text as row, wrapped_root from clusters c where name = 'taken-over'`,
    );
    expect(String(row?.['row'])).not.toContain(old.masterSecret);
    const { body: volume } = await api.ask<Key>(`GET /v1/clusters/taken-over/keys/volume/${VOLUME}`);
    expect(volume).toMatchObject({ owner: 'cluster', current: 1 });
    const recorded = await api.test.sql(`select details::text from audit where action = 'cluster.created'`);
    expect(JSON.stringify(recorded)).not.toContain(constellation.masterSecret);
  });

  it('are taken over once', async () => {
    const again = await create('taken-twice', { mode: 'managed', constellation });
    expect(again).toMatchObject(refusedAs('cluster-exists', 409));
  });

  it.each([
    ['a short master secret', { masterSecret: toBase64(new Uint8Array(15)) }],
    ['a short salt', { salt: toBase64(new Uint8Array(31)) }],
    ['a measurement salt of another length', { measurementSalt: toBase64(new Uint8Array(16)) }],
  ])('S25 are not made of %s', async (_, change) => {
    const keys = { mode: 'managed', constellation: { ...constellation, ...change } };
    const answer = await create('wrong-secret', keys);
    expect(answer).toMatchObject(refusedAs('master-secret-invalid', 400));
    expect((await api.ask('GET /v1/clusters/wrong-secret')).status).toBe(404);
  });

  it('S19 keep names of Constellation’s own services from members’ keys', async () => {
    const declare = (id: string) =>
      api.ask('POST /v1/clusters/taken-over/keys', {
        body: { purpose: 'volume', id, owner: { kind: 'cluster' } },
      });
    for (const id of ['measurementSecret', 'clusterID', 'ca_emergency_ssh', 'MEASUREMENTSECRET']) {
      expect(await declare(id)).toMatchObject(refusedAs('key-id-reserved', 409));
    }
    expect((await declare('anything-else')).status).toBe(201);
  });
});

describe('in a cluster that was taken over', () => {
  let api: TestNodeApi;
  let member: RawPeer;
  const expected = (purpose: string, id: string, version = 1) =>
    Buffer.from(
      old.keys.find(
        (key) => key.purpose === purpose && key.id === id && key.version === version && key.length === 32,
      )?.key ?? '',
      'hex',
    ).toString('base64url');
  const DISK = old.keys.find(({ purpose }) => purpose === 'state-disk')?.id ?? '';

  beforeAll(async () => {
    api = await startTestNodeApi({
      machines: 8,
      keys: { mode: 'managed', scheme: 'constellation' },
      make: (roots, id) => roots.import(id, constellation),
      volumes,
    });
    member = await api.initialise();
  });
  afterAll(() => api.stop());

  it('state disks, imported volumes and the object store keep their keys, and open with them', async () => {
    const { stateDisk, cluster } = await join(await api.peer(api.machine()), DISK);
    expect(stateDisk).toMatchObject({ key: expected('state-disk', DISK), scheme: 'constellation' });
    expect(cluster).toMatchObject({ clusterId: old.clusterId, scheme: 'constellation' });
    expect((await member.key(VOLUME)).body.key).toBe(expected('volume', VOLUME));
    const store = await member.key('s3proxy-kek', { purpose: 'object-store' });
    expect(store.body.key).toBe(expected('object-store', 's3proxy-kek'));
    const own = await join(await api.peer(api.machine()), 'a-new-disk');
    expect(own.stateDisk.scheme).toBe('asterism');
  });

  it('S19 a volume that is named as a state disk has not its key, and a disk not that of a volume', async () => {
    const { body } = await member.key(DISK);
    expect(body.key).not.toBe(expected('state-disk', DISK));
    for (const id of [VOLUME, 'measurementSecret', 'ca_emergency_ssh']) {
      const peer = await api.peer(api.machine());
      await peer.attest();
      expect(await peer.enrol(id)).toMatchObject(refusedAs('state-disk-not-owned', 403));
      const actor = `machine:${peer.machine.tpm.identity}`;
      expect(await api.test.sql('select action from audit where actor = $1', [actor])).toEqual([
        { action: 'enrolment.refused' },
      ]);
    }
  });
});
