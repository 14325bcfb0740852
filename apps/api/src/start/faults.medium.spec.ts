import type { Cluster, Problem } from '@asterism/contracts';
import { connectDatabase } from '@asterism/persistence';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type HttpsAnswer } from '../testing/https-request.ts';
import { ApiInstallation } from '../testing/test-process.ts';

describe('the API when something dies', { timeout: 90_000 }, () => {
  let installation: ApiInstallation;
  beforeAll(async () => {
    installation = await ApiInstallation.make();
  });
  afterAll(() => installation.remove());

  it('a database that went away is said, and its return is noticed', async () => {
    const api = installation.start(installation.data('away'));
    const { operatorUrl } = await api.ready();
    const token = await installation.tokenOf('away');
    const postmaster = Number(
      (await readFile(installation.file('away/postgres/data/postmaster.pid'), 'utf8')).split('\n')[0],
    );
    process.kill(postmaster, 'SIGKILL');
    const seen = new Map<number, HttpsAnswer<Problem>>();
    const ready = new Set<number>();
    const until = performance.now() + 20_000;
    while (performance.now() < until && !(seen.has(503) && seen.has(200))) {
      const answer = await ask(operatorUrl, 'GET /v1/clusters', { token });
      // An answer before the loss proves nothing about the return.
      if (answer.status !== 200 || seen.has(503)) seen.set(answer.status, answer);
      ready.add((await ask(operatorUrl, 'GET /health/ready')).status);
      await sleep(5);
    }
    expect([...seen.keys()].sort()).toEqual([200, 503]);
    expect(seen.get(503)?.body.code).toBe('database-unavailable');
    expect(seen.get(503)?.headers['retry-after']).toBe('2');
    expect((await ask(operatorUrl, 'GET /health/live')).status).toBe(200);
    expect(await api.stop()).toBe(0);
  });

  it(
    'S34 killed anywhere in a creation it makes one, and answers a repeat the same',
    { timeout: 240_000 },
    async () => {
      const names = ['on-commit-1', 'on-commit-2', 'at-once', 'after-3-ms', 'after-8-ms'];
      const first = new Map<string, string>();
      for (const name of names) {
        const api = installation.start(installation.data('killed'));
        const { operatorUrl } = await api.ready();
        const token = await installation.tokenOf('killed');
        const database = await connectDatabase({
          connection: {
            host: installation.file('killed/postgres/run'),
            user: 'asterism',
            database: 'asterism',
          },
          maximumConnections: 1,
        });
        const committed = Promise.withResolvers<void>();
        await database.listen(
          'asterism_events',
          () => committed.resolve(),
          () => undefined,
        );
        const body = { name, kubernetesMode: 'none', description: '' };
        const answer = ask<Cluster>(operatorUrl, 'POST /v1/clusters', { token, body, key: name }).then(
          ({ body: { id } }) => first.set(name, id),
          () => undefined,
        );
        if (name.startsWith('on-commit')) await committed.promise;
        else await sleep(Number(/\d+/.exec(name)?.[0] ?? 0));
        await api.kill();
        await answer;
        await database.close();
      }
      const api = installation.start(installation.data('killed'));
      const { operatorUrl } = await api.ready();
      const token = await installation.tokenOf('killed');
      for (const name of names) {
        const body = { name, kubernetesMode: 'none', description: '' };
        const repeat = () => ask<Cluster>(operatorUrl, 'POST /v1/clusters', { token, body, key: name });
        let answer = await repeat();
        // A claim without work is taken over after 20 s.
        for (let n = 0; n < 30 && answer.status === 503; n++) answer = await sleep(1_000).then(repeat);
        expect([name, answer.status]).toEqual([name, 201]);
        if (first.has(name)) expect(answer.body.id).toBe(first.get(name));
        expect((await repeat()).body).toEqual(answer.body);
      }
      const { body: page } = await ask<{ items: Cluster[] }>(operatorUrl, 'GET /v1/clusters', { token });
      expect(page.items.map(({ name }) => name).sort()).toEqual([...names].sort());
      expect(
        (await ask<{ intact: boolean }>(operatorUrl, 'GET /v1/audit/verify', { token })).body.intact,
      ).toBe(true);
      expect(await api.stop()).toBe(0);
    },
  );
});
