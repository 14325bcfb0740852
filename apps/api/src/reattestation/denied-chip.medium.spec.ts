import { toHex } from '@asterism/bytes';
import type { PolicyOf } from '@asterism/contracts';
import { nodes, policies } from '@asterism/persistence';
import type { MintedGuest } from '@asterism/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { activatePolicy } from '../testing/activate-policy.ts';
import { startGuestApi, type GuestApi } from '../testing/guest-api.ts';
import { Member } from '../testing/member.ts';

let api: GuestApi;
let member: Member<MintedGuest>;
beforeAll(async () => {
  api = await startGuestApi('sev-snp', {
    policy: (accepting) => ({ ...accepting, reattestationInterval: 86_400 }),
  });
  member = await Member.join(await api.peer());
}, 60_000);
afterAll(() => api.stop());

it('S16 a chip that is denied loses its connected node at once, a day before the node is due', async () => {
  const { cluster, pools } = api.seeded;
  const { id: poolId } = pools['control-plane'];
  const active = await policies.findActive(api.database.queries, cluster.id, poolId);
  const document = active?.document as PolicyOf<'sev-snp'>;
  const chip = toHex(api.guest.parts.snp?.chipId ?? new Uint8Array());
  const chips = { ...document.snp.chips, deny: [chip] };
  await activatePolicy(api.database, cluster.id, poolId, {
    ...document,
    snp: { ...document.snp, chips },
  });
  await member.ended;
  expect(await nodes.find(api.database.queries, cluster.id, member.id)).toMatchObject({
    state: 'quarantined',
    stateReason: 'appraisal refused: snp.chip-id',
  });
});
