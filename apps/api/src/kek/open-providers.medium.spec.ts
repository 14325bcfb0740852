import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../platform/logger.ts';
import { createMetrics } from '../platform/metrics.ts';
import { Closers } from '../start/closers.ts';
import { openKekServices } from './open-providers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-kek-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(configuration: unknown) {
  const file = join(folder, 'kek.json');
  await writeFile(file, typeof configuration === 'string' ? configuration : JSON.stringify(configuration));
  const closers = new Closers(createLogger('fatal', { write: () => undefined }));
  const metrics = createMetrics();
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const services = await openKekServices({ file, clock: () => new Date(), random, metrics }, closers);
  return { ...services, metrics, close: () => closers.closeAll() };
}

describe('providers of the configuration', () => {
  it.each([
    ['no JSON', '{'],
    ['another format', { schema: 'asterism/kek/v2', providers: {} }],
    ['a kind that nobody knows', { schema: 'asterism/kek/v1', providers: { a: { kind: 'paper' } } }],
    ['a field that nobody knows', { schema: 'asterism/kek/v1', providers: {}, secret: 'x' }],
  ])('S04 refuses %s', async (_, configuration) => {
    await expect(open(configuration)).rejects.toMatchObject({ code: 'kek-configuration-invalid' });
  });

  it('opens none where no file is named', async () => {
    const closers = new Closers(createLogger('fatal', { write: () => undefined }));
    const nothing = {
      file: undefined,
      clock: () => new Date(),
      random: () => new Uint8Array(),
      metrics: createMetrics(),
    };
    const { providers, mirrors } = await openKekServices(nothing, closers);
    expect([providers.size, mirrors.size]).toEqual([0, 0]);
  });

  it('opens one that nobody listens for, whose calls fail in time and are measured', async () => {
    const { providers, metrics, close } = await open({
      schema: 'asterism/kek/v1',
      providers: {
        away: {
          kind: 'awskms',
          key: 'arn:aws:kms:eu-central-1:123456789012:key/0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11',
          credentials: { source: 'file', file: '/nowhere/credentials' },
          endpoint: 'http://127.0.0.1:9',
        },
      },
    });
    const provider = providers.get('away');
    const started = performance.now();
    await expect(
      provider?.wrap(new Uint8Array(32), { cluster: 'c', key: 'volume/a/1' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^kek-(unreachable|denied)$/) as string });
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(await metrics.registry.metrics()).toMatch(
      /asterism_kek_call_duration_seconds_count\{kind="awskms",operation="wrap"/,
    );
    await close();
  });
});
