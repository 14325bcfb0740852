import { verifyVerification } from '@asterism/attestation';
import type { Node, PolicyDocument } from '@asterism/contracts';
import { nodes, policies } from '@asterism/persistence';
import { GUEST_VARIANTS, mintGuest, type MintedGuest } from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { startGuestApi, type GuestApi } from '../testing/guest-api.ts';
import { Member } from '../testing/member.ts';
import { nonce } from '../testing/raw-peer.ts';

const nodeOf = async (api: GuestApi, id: string): Promise<Node> => {
  const found = await nodes.find(api.database.queries, api.seeded.cluster.id, id);
  if (found === undefined) throw new Error('no such node');
  return found;
};

describe.each(GUEST_VARIANTS)('a machine of variant %s', (variant) => {
  let api: GuestApi;
  let member: Member<MintedGuest>;
  beforeAll(async () => {
    api = await startGuestApi(variant);
    member = await Member.join(await api.peer());
  }, 60_000);
  afterAll(() => api.stop());

  it('attests, enrols, locks, opens its disk and is a member', async () => {
    const node = await nodeOf(api, member.id);
    expect(node).toMatchObject({ state: 'member', variant });
    expect(JSON.stringify(node.identity)).toContain(await api.guest.machineIdentity());
    expect((await member.peer.self()).body).toMatchObject({ id: member.id, state: 'member' });
  });

  it('S20 gets no boot secrets once it is locked, on this connection or another', async () => {
    expect((await member.peer.enrol()).body).toMatchObject({ code: 'node-locked' });
    const again = await api.peer();
    expect((await again.attest()).body).toMatchObject({ locked: true, node: { id: member.id } });
    expect((await again.enrol()).body).toMatchObject({ code: 'node-locked' });
    // It has reported its lock in this boot: the other connection has the rights of the member that it is.
    expect((await again.self()).body).toMatchObject({ id: member.id, state: 'member' });
  });

  it('is appraised again, and its evidence given with what it takes to verify it', async () => {
    const cluster = api.seeded.cluster;
    const node = await nodeOf(api, member.id);
    const appraisal = await api.node.interrogator.reattest(cluster, node, 'token:operator');
    expect(appraisal).toMatchObject({ outcome: 'accepted', variant });
    const asked = nonce();
    const answer = await api.node.interrogator.verify(cluster, node, { nonce: asked }, 'token:operator');
    const policy = await policyOf(api);
    const context = {
      nonce: asked,
      nodeId: member.id,
      expectedClusterId: cluster.clusterId,
      policy,
      activation: null,
      roots: api.guest.roots,
      now: new Date(),
    };
    const local = await verifyVerification(answer, context);
    expect(local.result.findings).toEqual([]);
    expect(local).toMatchObject({ agreesWithServer: true, result: { outcome: 'accepted' } });
    if (!answer.collateral.items.length) return;
    // What came with the answer is what it takes: without it nothing is decided, or told as unchecked.
    const bare = { ...answer, collateral: { ...answer.collateral, items: [] } };
    expect((await verifyVerification(bare, context)).result.outcome).toBe('undecided');
  });

  it('S01 another machine of its kind is not taken for it', async () => {
    const other = await mintGuest(variant, { cluster: 'production', pool: 'control-plane', at: new Date() });
    const impostor = await api.peer(claiming(other, await api.guest.machineIdentity()));
    const { status, body } = await impostor.attest();
    expect(status).toBe(403);
    expect(body.code).toBe('evidence-not-genuine');
    expect(await nodeOf(api, member.id)).toMatchObject({ state: 'member' });
  });

  it('S06 S09 evidence of another variant, or none, is refused before anything is fetched for it', async () => {
    const peer = await api.peer();
    const challenge = await peer.challenge();
    const answer = await peer.answer(challenge.body);
    const before = api.vendor.requests.length;
    const format = 'asterism/evidence/v1';
    const evidence =
      variant === 'tdx'
        ? { variant: 'sev-snp', format, parts: { report: 'AAAA' } }
        : { variant: 'tdx', format, parts: { quote: 'AAAA' } };
    const refused = await peer.request('POST', '/agent/v1/attestation', { ...answer, evidence });
    expect(refused.body).toMatchObject({ code: 'evidence-variant-wrong' });
    expect(api.vendor.requests).toHaveLength(before);
  });
});

/** Evidence that is genuine, of a machine that says it is another. */
function claiming(guest: MintedGuest, identity: string): MintedGuest {
  guest.machineIdentity = () => Promise.resolve(identity);
  return guest;
}

async function policyOf(api: GuestApi): Promise<PolicyDocument> {
  const found = await policies.find(
    api.database.queries,
    api.seeded.cluster.id,
    api.seeded.pools['control-plane'].id,
    1,
  );
  if (found === undefined) throw new Error('no policy');
  return found.document;
}

describe('a trust domain', () => {
  let api: GuestApi;
  beforeAll(async () => {
    api = await startGuestApi('tdx');
  }, 60_000);
  afterAll(() => api.stop());

  it('that reboots is granted its secrets again, on the connection that is its boot', async () => {
    const first = await Member.join(await api.peer());
    api.guest.reboot();
    const peer = await api.peer();
    expect((await peer.attest()).body).toMatchObject({ locked: false, node: { id: first.id } });
    const again = await peer.enrol();
    expect(again.body).toMatchObject({ kind: 'grant', ticket: { kind: 'rejoin', node: { id: first.id } } });
    // Locked, but not reported yet: another connection of the same boot is that boot all the same.
    await api.guest.lock(Buffer.from(api.seeded.cluster.clusterId, 'hex'));
    const other = await api.peer();
    expect((await other.attest()).body).toMatchObject({ locked: true });
    expect((await other.reportLock()).status).toBe(200);
    expect((await other.enrol()).body).toMatchObject({ code: 'node-locked' });
  });

  it('S15 is undecided while Intel cannot be asked, and neither refused nor quarantined', async () => {
    const offline = await startGuestApi('tdx');
    try {
      offline.vendor.fail('/', { kind: 'status', status: 503 });
      const peer = await offline.peer();
      expect((await peer.attest()).body).toMatchObject({ code: 'evidence-undecided' });
    } finally {
      await offline.stop();
    }
  });
});

describe('S14 a platform that goes out of date', () => {
  it('is refused by name, and its node quarantined by its own evidence only', async () => {
    const api = await startGuestApi('tdx');
    try {
      const member = await Member.join(await api.peer());
      api.guest.trustDomain = {
        ...api.guest.trustDomain,
        tdAttributes: Uint8Array.of(1, 0, 0, 0x10, 0, 0, 0, 0),
      };
      // Whoever claims to be the machine on another connection proves nothing of it before the claim is proved.
      const claimant = await api.peer();
      expect((await claimant.attest()).body).toMatchObject({
        code: 'evidence-refused',
        findings: [{ code: 'debug', claim: 'tdx.td-attributes' }],
      });
      expect(await nodeOf(api, member.id)).toMatchObject({ state: 'member' });
      const node = await nodeOf(api, member.id);
      const appraisal = await api.node.interrogator.reattest(api.seeded.cluster, node, 'token:operator');
      expect(appraisal).toMatchObject({ outcome: 'refused', findings: [{ code: 'debug' }] });
      await eventually(async () =>
        expect(await nodeOf(api, member.id)).toMatchObject({ state: 'quarantined' }),
      );
    } finally {
      await api.stop();
    }
  }, 60_000);
});
