import { needKey, verifyItem, type CollateralItem } from '@asterism/collateral';
import type { PolicyDocument } from '@asterism/contracts';
import { inTransaction, nodes } from '@asterism/persistence';
import type { MintedGuest, MintedSnpPki } from '@asterism/testkit';
import { toPem } from '@asterism/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { startGuestApi, type GuestApi } from '../testing/guest-api.ts';
import { Member } from '../testing/member.ts';
import { putCollateral } from './put-collateral.ts';

const HOUR = 3_600_000;

let api: GuestApi;
let pki: MintedSnpPki;
let member: Member<MintedGuest>;
beforeAll(async () => {
  const policy = (accepting: PolicyDocument) => ({ ...accepting, reattestationInterval: 3600 });
  api = await startGuestApi('sev-snp', { policy });
  const { snp } = api.guest.parts;
  if (snp === null) throw new Error('the guest has no processor of AMD');
  ({ pki } = snp);
  member = await Member.join(await api.peer());
}, 60_000);
afterAll(() => api.stop());

/** What another replica, or an operator with a bundle, has brought: AMD's list of now. */
async function publishList(revoked: readonly number[], now = new Date()): Promise<void> {
  const { product, ask, ark } = pki;
  const thisUpdate = new Date(now.getTime() - HOUR);
  const crl = await pki.crl({ revoked, thisUpdate, nextUpdate: new Date(now.getTime() + 24 * HOUR) });
  const item: CollateralItem = {
    need: { kind: 'amd-crl', product, key: 'VCEK' },
    fetchedAt: now,
    source: 'another replica',
    content: crl.der,
    issuerChain: toPem(ask.certificate.der) + toPem(ark.certificate.der),
  };
  const verified = await verifyItem(item, api.guest.roots, now);
  await inTransaction(api.database, (tx) => putCollateral(tx, verified));
}

async function node() {
  const found = await nodes.find(api.database.queries, api.seeded.cluster.id, member.id);
  if (found === undefined) throw new Error('no such node');
  return found;
}

async function dueIn(): Promise<number> {
  const { nextAppraisalAt } = await api.database.queries
    .selectFrom('nodes')
    .select('nextAppraisalAt')
    .where('id', '=', member.id)
    .executeTakeFirstOrThrow();
  return (nextAppraisalAt?.getTime() ?? Infinity) - Date.now();
}

/** As if its time within the spread had come. */
const comeDue = () =>
  api.database.queries
    .updateTable('nodes')
    .set({ nextAppraisalAt: new Date(0) })
    .where('id', '=', member.id)
    .execute();

describe('S15 a live node', () => {
  it('is noted with what its appraisal was made with', async () => {
    const used = await api.database.queries.selectFrom('nodeCollateral').selectAll().execute();
    expect(used.map(({ kind }) => kind).toSorted()).toEqual(['amd-chain', 'amd-crl']);
    const keys = used.map(({ kind, key }) => ({ kind, key }));
    expect(keys).toContainEqual(needKey({ kind: 'amd-crl', product: pki.product, key: 'VCEK' }));
  });

  it('is appraised again when a list changes, and stays a member where it does not speak of it', async () => {
    expect(await dueIn()).toBeGreaterThan(60_000);
    const before = (await node()).lastAppraisal?.id;
    await publishList([0xbad]);
    expect(await dueIn()).toBeLessThanOrEqual(60_000);
    await comeDue();
    await eventually(async () => expect((await node()).lastAppraisal?.id).not.toBe(before));
    expect(await node()).toMatchObject({ state: 'member', lastAppraisal: { outcome: 'accepted' } });
    expect(await dueIn()).toBeGreaterThan(60_000);
  });

  it("is quarantined when its issuer is on AMD's list, although its evidence was good before", async () => {
    await publishList([Number.parseInt(pki.ask.certificate.serial, 16)], new Date(Date.now() + 1_000));
    expect(await dueIn()).toBeLessThanOrEqual(60_000);
    await comeDue();
    await eventually(async () => expect((await node()).state).toBe('quarantined'));
    await member.ended;
  });
});
