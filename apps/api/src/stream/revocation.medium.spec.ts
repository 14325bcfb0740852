import { nodes } from '@asterism/persistence';
import type { Problem } from '@asterism/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import type { Caller } from '../auth/caller.ts';
import { NodesService } from '../nodes/nodes.service.ts';
import { Member } from '../testing/member.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';

let api: TestNodeApi;
let operator: NodesService;
beforeAll(async () => {
  api = await startTestNodeApi();
  await api.initialise();
  operator = new NodesService(api.platform, api.node.interrogator);
});
afterAll(() => api.stop());

const caller: Caller = {
  principal: {
    id: 'operator',
    kind: 'token',
    name: 'operator',
    actor: 'token:operator',
    bindings: [],
    expiresAt: new Date(Date.now() + 60_000),
  },
  traceId: '0'.repeat(32),
};
const member = async (url?: string) => Member.join(await api.peer(api.machine(), url));
const revoke = ({ ticket }: Member) =>
  operator.revoke(caller, api.seeded.cluster, ticket.node.id, {
    reason: 'stolen',
    confirm: ticket.node.name,
  });
const quarantine = ({ id }: Member) => operator.quarantine(caller, api.seeded.cluster, id, { reason: 'odd' });
const refusedAs = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }) as Problem,
});

describe('S24 a revoked node', () => {
  it('S24 loses the rights of its sockets in the same commit, and its stream', async () => {
    const revoked = await member();
    const idle = await api.peer(revoked.peer.machine);
    await idle.attest();
    await revoke(revoked);
    const answers = await Promise.all([revoked.peer.self(), idle.self(), idle.follow()]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    await revoked.ended;
    expect(revoked.told).toEqual([{ type: 'state', state: 'revoked', reason: 'stolen' }]);
    expect(await nodes.find(api.database.queries, api.seeded.cluster.id, revoked.id)).toMatchObject({
      state: 'revoked',
    });
  });

  it('S24 gets nothing any more: no appraisal, no key, in no boot', async () => {
    const revoked = await member();
    const attested = await api.peer(revoked.peer.machine);
    await attested.attest();
    await revoke(revoked);
    expect(await attested.enrol()).toMatchObject({ status: 409 });
    revoked.peer.machine.reboot();
    const again = await api.peer(revoked.peer.machine);
    expect(await again.attest()).toMatchObject(refusedAs('node-revoked', 403));
  });

  it('S24 is told and cut off on another replica as well', async () => {
    const { node: other } = await api.replica();
    const revoked = await member(other.url);
    await revoke(revoked);
    expect((await revoked.peer.self()).body.code).toBe('node-revoked');
    await revoked.ended;
    expect(revoked.told.at(-1)).toMatchObject({ state: 'revoked' });
    await other.close();
  });

  it('S24 a grant that was under way when the node was revoked is not written', async () => {
    const revoked = await member();
    revoked.peer.machine.reboot();
    const again = await api.peer(revoked.peer.machine);
    await again.attest();
    await revoke(revoked);
    expect(await again.enrol()).toMatchObject(refusedAs('node-revoked', 403));
  });
});

describe('a quarantined node', () => {
  it('S24 loses its rights at once, is told why, and gets them back only from an operator', async () => {
    const suspect = await member();
    await quarantine(suspect);
    expect((await suspect.peer.self()).body.code).toBe('node-quarantined');
    await suspect.ended;
    expect(suspect.told.at(-1)).toEqual({ type: 'state', state: 'quarantined', reason: 'odd' });
    const again = await api.peer(suspect.peer.machine);
    expect((await again.attest()).body.node?.state).toBe('quarantined');
    expect((await again.follow()).status).toBe(403);
    await operator.release(caller, api.seeded.cluster, suspect.id, { reason: 'looked at' });
    const stream = await again.follow();
    expect(await stream.next()).toEqual({ type: 'ready' });
    await eventually(async () => expect((await again.self()).body.state).toBe('member'));
  });
});
