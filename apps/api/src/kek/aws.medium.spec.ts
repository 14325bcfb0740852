import type { MirrorRestore, Problem, Rewrap } from '@asterism/contracts';
import { startAwsPeer, type AwsPeer } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../platform/logger.ts';
import { createMetrics } from '../platform/metrics.ts';
import { Closers } from '../start/closers.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators, type TestOperators } from '../testing/test-operator-api.ts';
import { startKeyUpkeep } from './key-upkeep.ts';
import { openKekServices } from './open-providers.ts';

let peer: AwsPeer;
let folder: string;
let closers: Closers;
let now = 0;
let api: TestNodeApi;
let operators: TestOperators;
let upkeep: Awaited<ReturnType<typeof startKeyUpkeep>>;

beforeAll(async () => {
  peer = await startAwsPeer();
  folder = await mkdtemp(joinPath(tmpdir(), 'asterism-aws-api-'));
  const file = joinPath(folder, 'kek.json');
  const { usual, otherKey } = peer.sections;
  const configuration = {
    schema: 'asterism/kek/v1',
    providers: { old: usual, new: otherKey },
    mirrors: { bucket: peer.mirrors.usual },
  };
  await writeFile(file, JSON.stringify(configuration));
  closers = new Closers(createLogger('fatal', { write: () => undefined }));
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const kek = await openKekServices(
    { file, clock: () => new Date(), random, metrics: createMetrics() },
    closers,
  );
  api = await startTestNodeApi({
    machines: 6,
    platform: { kek, monotonic: () => now },
    keys: { mode: 'external', scheme: 'asterism', provider: 'old' },
  });
  operators = await serveTestOperators(api.platform, api.node.interrogator);
  upkeep = await startKeyUpkeep(api.platform);
});
afterAll(async () => {
  await upkeep?.stop();
  await operators?.close();
  await api?.stop();
  await closers?.closeAll();
  await peer?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('AWS KMS and S3: keys are made, mirrored, wrapped under another KMS key, and put back', async () => {
  const first = await api.initialise();
  const { key } = (await first.key('volume-1')).body;
  await peer.disable();
  now += 1_000_000;
  expect(await first.key('volume-1')).toMatchObject({ status: 503, body: { code: 'kek-undecided' } });
  const machine = await api.peer(api.machine());
  await machine.attest();
  const refused = await machine.enrol();
  expect(refused).toMatchObject({ status: 503, body: { code: 'kek-undecided' } });
  for (const secret of [...peer.secrets, 'arn:', '127.0.0.1']) {
    expect(JSON.stringify(refused.body)).not.toContain(secret);
  }
  await peer.enable();
  now += 5_000;
  expect((await first.key('volume-1')).body.key).toBe(key);
  expect((await machine.enrol()).status).toBe(200);

  const started = await operators.ask<Rewrap>('POST /v1/clusters/production/rewraps', {
    body: { provider: 'new' },
  });
  expect(started.status).toBe(201);
  await eventually(async () => {
    const { body } = await operators.ask<Rewrap>(`GET /v1/clusters/production/rewraps/${started.body.id}`);
    expect(body.state).toBe('done');
  });
  const rows = await api.test.sql('select distinct provider from data_keys');
  expect(rows).toEqual([{ provider: 'new' }]);
  now += 1_000_000;
  expect((await first.key('volume-1')).body.key).toBe(key);

  await eventually(async () => {
    expect(await api.test.sql(`select 1 from data_keys where mirrored_to <> '{bucket}'`)).toEqual([]);
  });
  await api.test.sql(`delete from data_keys where id = 'volume-1'`);
  now += 1_000_000;
  expect((await first.key('volume-1')).body).toMatchObject({
    code: 'kek-undecided',
  } satisfies Partial<Problem>);
  const restored = await operators.ask<MirrorRestore>('POST /v1/clusters/production/keys/restore-mirror');
  expect(restored.body).toMatchObject({ restored: 1, refused: 0 });
  expect((await first.key('volume-1')).body.key).toBe(key);
  const logged = api.logged.join('\n');
  for (const secret of [...peer.secrets, key]) expect(logged).not.toContain(secret);
}, 60_000);
