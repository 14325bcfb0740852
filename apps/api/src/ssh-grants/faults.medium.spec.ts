import type { IssuedSshCertificate, SshCertificate, SshGrant } from '@asterism/contracts';
import { access, verifyAuditChain, type Page } from '@asterism/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
import { toMortal } from '../testing/mortal-database.ts';
import {
  serveTestOperators,
  startTestOperatorApi,
  type TestOperatorApi,
} from '../testing/test-operator-api.ts';
import { createTestPlatform } from '../testing/test-platform.ts';

const ACCESS = '/v1/clusters/production/access';

let api: TestOperatorApi;
const key = makeSshKey();
beforeAll(async () => {
  api = await startTestOperatorApi();
  await declareAccess(api, [accessUser(key)]);
  await api.ask(`GET ${ACCESS}/authorities`);
});
afterAll(() => api.stop());

const revision = async () =>
  (await access.find(api.database.queries, api.clusters.production.cluster.id))?.revision ?? 0;

describe('S34 the API is killed while it lets somebody in and out again', () => {
  it('S34 at any statement: what was answered is there, nothing is half there, and it can be done again', async () => {
    const replica = await api.test.connectReplica();
    const mortal = toMortal(replica);
    const { platform, stop } = await createTestPlatform(mortal.database);
    const operators = await serveTestOperators(platform);
    const ask = <Body>(route: string, body: object) =>
      operators.ask<Body>(`POST ${ACCESS}/${route}`, { body, token: api.admin.secret });
    let died = 0;
    for (let statements = 0; ; statements++) {
      const before = await revision();
      mortal.dieAfter(statements);
      const asked = await ask<SshGrant>('grants', {
        publicKey: key.line,
        principal: 'alice',
        reason: `${statements}`,
      });
      const granted = asked.status === 201 ? asked.body : undefined;
      const issued = granted && (await ask<IssuedSshCertificate>(`grants/${granted.id}/certificates`, {}));
      const ended = granted && (await ask<SshGrant>(`grants/${granted.id}/end`, { reason: 'over' }));
      const isDead = mortal.isDead;
      mortal.dieAfter(Number.POSITIVE_INFINITY);
      if (isDead) died++;
      for (const { status } of [asked, issued, ended].flatMap((each) => each ?? [])) {
        expect([200, 201, 500, 503]).toContain(status);
      }
      if (granted !== undefined) {
        const { body } = await api.ask<SshGrant>(`GET ${ACCESS}/grants/${granted.id}`);
        const { items } = (
          await api.ask<Page<SshCertificate>>(`GET ${ACCESS}/certificates?grant=${granted.id}`)
        ).body;
        if (issued?.status === 201) expect(items.map(({ serial }) => serial)).toContain(issued.body.serial);
        if (ended?.status === 200) expect(body.state).toBe('ended');
        // Ended with everything that follows from it, or not at all.
        const isEnded = body.state === 'ended';
        expect(items.every(({ revokedAt }) => (revokedAt !== null) === isEnded)).toBe(true);
        expect((await revision()) > before).toBe(isEnded);
        if (!isEnded) {
          const again = await api.ask(`POST ${ACCESS}/grants/${granted.id}/end`, {
            body: { reason: 'again' },
          });
          expect(again.status).toBe(200);
        }
      }
      if (!isDead) break;
    }
    expect(died).toBeGreaterThan(20);
    expect((await verifyAuditChain(api.database.queries)).intact).toBe(true);
    await stop();
    await operators.close();
    await replica.close();
  }, 120_000);
});
