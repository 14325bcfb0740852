import type { IssuedSshCertificate, SshCertificate, SshGrant } from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { expect, it } from 'vitest';
import { accessUser, declareAccess, makeSshKey } from '../testing/declare-access.ts';
import { join } from '../testing/raw-peer.ts';
import { startTestNodeApi } from '../testing/test-node-api.ts';
import { serveTestOperators } from '../testing/test-operator-api.ts';

const CLUSTER = '/v1/clusters/production';

it('S24 a grant for one node ends with the node, and one for its pool goes on', async () => {
  const api = await startTestNodeApi();
  const operators = await serveTestOperators(api.platform, api.node.interrogator);
  try {
    await api.initialise();
    const { node } = await join(await api.peer(api.machine()));
    const key = makeSshKey();
    await declareAccess(operators, [accessUser(key)]);
    const give = async (change: object) => {
      const body = { publicKey: key.line, principal: 'deploy', reason: 'a test', ...change };
      return (await operators.ask<SshGrant>(`POST ${CLUSTER}/access/grants`, { body })).body;
    };
    const [ofNode, ofPools] = [await give({ node: node.name }), await give({})];
    await operators.ask<IssuedSshCertificate>(`POST ${CLUSTER}/access/grants/${ofNode.id}/certificates`, {
      body: {},
    });
    const body = { reason: 'sold', confirm: node.name };
    expect((await operators.ask(`POST ${CLUSTER}/nodes/${node.id}/revoke`, { body })).status).toBe(200);
    const state = async ({ id }: SshGrant) =>
      (await operators.ask<SshGrant>(`GET ${CLUSTER}/access/grants/${id}`)).body.state;
    expect([await state(ofNode), await state(ofPools)]).toEqual(['ended', 'active']);
    const { body: certificates } = await operators.ask<Page<SshCertificate>>(
      `GET ${CLUSTER}/access/certificates?grant=${ofNode.id}`,
    );
    expect(certificates.items.map(({ revokeReason }) => revokeReason)).toEqual([
      'the node was revoked: sold',
    ]);
  } finally {
    await operators.close();
    await api.stop();
  }
});
