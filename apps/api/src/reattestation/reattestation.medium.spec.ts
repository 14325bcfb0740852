import { VENDOR_ROOTS, verifyVerification } from '@asterism/attestation';
import { decodePublic, encodeEventLog, makeCredential, toTpmName } from '@asterism/tpm';
import { appraisals, evidenceRequests, nodes } from '@asterism/persistence';
import type { Node, PolicyOf, Problem, Verification } from '@asterism/contracts';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Member } from '../testing/member.ts';
import { nonce } from '../testing/raw-peer.ts';
import { startTestNodeApi, type TestNodeApi } from '../testing/test-node-api.ts';
import { testPolicy } from '../testing/test-policy.ts';

let api: TestNodeApi;
let offset = 0;

const clusterId = () => api.seeded.cluster.id;
const node = async ({ id }: Member): Promise<Node> => {
  const found = await nodes.find(api.database.queries, clusterId(), id);
  if (found === undefined) throw new Error('no such node');
  return found;
};
const member = async (url?: string) => Member.join(await api.peer(api.machine(), url));
const reattest = async (of: Member, on = api.node) =>
  on.interrogator.reattest(api.seeded.cluster, await node(of), 'token:operator');
const verify = async (
  of: Member,
  request: { nonce: string; activation?: never } = { nonce: nonce() },
  on = api.node,
) => on.interrogator.verify(api.seeded.cluster, await node(of), request, 'token:operator');
const historyOf = async ({ id }: Member) =>
  (await appraisals.listOfNode(api.database.queries, clusterId(), id, { limit: 100 })).items;
const move = (of: Member) => (of.peer.machine.pcrs[4] = new Uint8Array(32).fill(6));

beforeAll(async () => {
  api = await startTestNodeApi({
    machines: 60,
    database: { clock: () => new Date(Date.now() + offset) },
    timings: { answerWithin: 1_500 },
  });
  await api.initialise();
});
afterAll(() => api.stop());

describe('on demand', () => {
  it('appraises fresh evidence of a member and keeps the appraisal', async () => {
    const asked = await member();
    const appraisal = await reattest(asked);
    expect(appraisal).toMatchObject({ outcome: 'accepted', trigger: 'operator', nodeId: asked.id });
    expect((await historyOf(asked))[0]).toEqual(appraisal);
    await eventually(() => expect(asked.answers).toMatchObject([{ status: 204 }]));
  });

  it('quarantines a node whose PCR moved: keys stop, the stream says why and ends, the reason is shown', async () => {
    const moved = await member();
    move(moved);
    const appraisal = await reattest(moved);
    expect(appraisal).toMatchObject({ outcome: 'refused', status: 'contraindicated' });
    expect(appraisal.findings).toMatchObject([{ claim: 'tpm.pcr.4', got: '06'.repeat(32) }]);
    await moved.ended;
    expect(await node(moved)).toMatchObject({
      state: 'quarantined',
      stateReason: 'appraisal refused: tpm.pcr.4',
    });
    expect(moved.told.at(-1)).toEqual({
      type: 'state',
      state: 'quarantined',
      reason: 'appraisal refused: tpm.pcr.4',
    });
    await eventually(() =>
      expect(moved.answers.at(-1)).toMatchObject({ status: 403, body: { code: 'evidence-refused' } }),
    );
    expect((await moved.peer.self()).body.code).toBe('node-quarantined');
    moved.peer.machine.reboot();
    moved.peer.machine.pcrs[4] = new Uint8Array(32).fill(4);
    const again = await api.peer(moved.peer.machine);
    expect((await again.attest()).body.node?.state).toBe('quarantined');
    expect((await again.enrol()).body.code).toBe('node-quarantined');
  });

  it('names the PCR that was extended behind the back of the event log', async () => {
    const moved = await member();
    move(moved);
    moved.peer.machine.forge = { eventLog: emptyEventLog() };
    const { findings } = await reattest(moved);
    expect(findings.map(({ code, claim }) => [code, claim])).toEqual([
      ['pcr-mismatch', 'tpm.pcr.4'],
      ['event-log-mismatch', 'tpm.event-log'],
    ]);
    expect((await node(moved)).state).toBe('quarantined');
  });

  it('S01 counts only evidence made for the request, on the connection that was asked', async () => {
    const asked = await member();
    const other = await api.peer(asked.peer.machine);
    await other.attest();
    asked.respond = async (event) => {
      const elsewhere = await other.request('POST', `/agent/v1/evidence-requests/${event.requestId}`, {
        ...(await asked.evidenceFor(event)),
      });
      expect(elsewhere.body).toMatchObject({ code: 'evidence-request-unknown' });
      return asked.answer({ ...event, nonce: nonce() });
    };
    await expect(reattest(asked)).rejects.toMatchObject({ code: 'node-state-conflict' });
    await eventually(() =>
      expect(asked.answers).toMatchObject([{ status: 403, body: { code: 'evidence-not-genuine' } }]),
    );
    expect((await node(asked)).state).toBe('member');
  });

  it('S02 counts one answer', async () => {
    const asked = await member();
    asked.respond = async (event) => {
      const body = await asked.evidenceFor(event);
      const answers = await Promise.all([1, 2, 3].map(() => asked.send(event.requestId, body)));
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
      return undefined;
    };
    expect(await reattest(asked)).toMatchObject({ outcome: 'accepted' });
  });

  it('S35 silence is a timeout and no verdict', async () => {
    const silent = await member();
    silent.respond = async () => undefined;
    await expect(reattest(silent)).rejects.toMatchObject({ code: 'timeout' });
    expect(await node(silent)).toMatchObject({ state: 'member', lastAppraisal: { outcome: 'accepted' } });
  });

  it('S35 a late answer counts for nothing, and a timeout overwrites no verdict', async () => {
    const slow = await member();
    const late = Promise.withResolvers<unknown>();
    slow.respond = async (event) => {
      setTimeout(() => void slow.answer(event).then(late.resolve), 1_800);
      return undefined;
    };
    await expect(reattest(slow)).rejects.toMatchObject({ code: 'timeout' });
    expect(await late.promise).toMatchObject({ status: 404, body: { code: 'evidence-request-unknown' } });
    move(slow);
    slow.respond = (event) => slow.answer(event);
    const { id } = await reattest(slow);
    const [{ id: requestId } = { id: '' }] = await api.test.sql(
      `select id from evidence_requests where appraisal_id = $1`,
      [id],
    );
    await evidenceRequests.fail(api.database, String(requestId), 'timeout');
    expect(
      await evidenceRequests.readStatus(api.database.queries, clusterId(), String(requestId)),
    ).toMatchObject({
      kind: 'answered',
      appraisal: { outcome: 'refused' },
    });
    expect((await node(slow)).state).toBe('quarantined');
  });

  it('says that a node without a stream is offline, and that a quarantined one is not to be asked', async () => {
    const gone = await member();
    gone.peer.close();
    await eventually(async () => expect((await node(gone)).connection).toBeNull());
    await expect(reattest(gone)).rejects.toMatchObject({ code: 'node-offline' });
    const moved = await member();
    move(moved);
    await reattest(moved);
    await expect(verify(moved)).rejects.toMatchObject({ code: 'node-state-conflict' });
  });

  it('does not wait for a node whose stream ends before it answers', async () => {
    const leaving = await member();
    leaving.respond = async () => {
      leaving.peer.close();
      return undefined;
    };
    const since = Date.now();
    await expect(reattest(leaving)).rejects.toMatchObject({ code: 'node-offline' });
    expect(Date.now() - since).toBeLessThan(1_000);
  });

  it('asks a node whose stream another replica holds', async () => {
    const { node: other } = await api.replica();
    const there = await member(other.url);
    expect(await reattest(there)).toMatchObject({ outcome: 'accepted' });
    const here = await member();
    expect(await reattest(here, other)).toMatchObject({ outcome: 'accepted' });
    move(here);
    expect(await reattest(here, other)).toMatchObject({ outcome: 'refused' });
    await here.ended;
    expect((await node(here)).state).toBe('quarantined');
    await other.close();
  });
});

describe('continuously', () => {
  it('quarantines within one interval when a PCR moves', async () => {
    await api.activate('workers', { reattestationInterval: 2 });
    const [honest, moved] = [await member(), await member()];
    await eventually(async () => {
      const intervals = (await historyOf(honest)).filter(({ trigger }) => trigger === 'interval');
      expect(intervals.length).toBeGreaterThan(0);
    });
    move(moved);
    const since = Date.now();
    await moved.ended;
    expect(Date.now() - since).toBeLessThan(2_000 + 1_500);
    expect(await node(moved)).toMatchObject({ state: 'quarantined' });
    expect((await node(honest)).state).toBe('member');
    await api.activate('workers', {});
  });

  it('shares the work: two replicas ask each node once an interval', async () => {
    const { node: other } = await api.replica();
    await api.activate('workers', { reattestationInterval: 2 });
    const members = await Promise.all([member(), member(other.url), member(), member(other.url)]);
    // Slower than a look at what is due: a node that is being asked is not asked again.
    for (const each of members) {
      each.respond = async (event) => {
        await sleep(300);
        return each.answer(event);
      };
    }
    const since = Date.now();
    await eventually(async () => {
      for (const each of members) expect(await intervalsOf(each)).toBeGreaterThanOrEqual(2);
    });
    const intervals = Math.ceil((Date.now() - since) / 2_000) + 1;
    for (const { id } of members) {
      const questions = await api.test.sql(
        `select id from evidence_requests where node_id = $1 and trigger = 'interval'`,
        [id],
      );
      expect(questions.length).toBeLessThanOrEqual(intervals);
    }
    await api.activate('workers', {});
    await other.close();
  }, 20_000);

  it('re-attests all members of a pool at once when its policy changes, and quarantines those it refuses', async () => {
    const members = await Promise.all(Array.from({ length: 5 }, () => member()));
    const version = await api.activate('workers', { reattestationInterval: 61 });
    await eventually(async () => {
      for (const each of members) {
        expect((await historyOf(each))[0]).toMatchObject({
          trigger: 'policy-changed',
          policyVersion: version,
        });
      }
    });
    for (const each of members)
      expect((await each.peer.self()).body).toMatchObject({ policyVersion: version });
    const strict = await api.activate('workers', { tpm: strictTpm() });
    await Promise.all(members.map(({ ended }) => ended));
    for (const each of members) {
      expect(await node(each)).toMatchObject({
        state: 'quarantined',
        stateReason: 'appraisal refused: tpm.pcr.4',
      });
      expect((await historyOf(each))[0]).toMatchObject({ policyVersion: strict, outcome: 'refused' });
    }
    await api.activate('workers', {});
  });

  it('ends the stream of a node that answers nothing any more, when its appraisal runs out', async () => {
    const silent = await member();
    silent.respond = async () => undefined;
    offset = 121_000;
    // Whichever comes first, the end of its stream or of the patience with it: nobody knows.
    await expect(reattest(silent)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:node-offline|timeout)$/),
    });
    await silent.ended;
    expect(silent.told).toEqual([]);
    expect(await node(silent)).toMatchObject({ state: 'member', connection: null });
    offset = 0;
  });
});

describe('a user’s verification', () => {
  it('gives raw evidence that the user verifies himself, with his own nonce and credential, and a signed result', async () => {
    const asked = await member();
    const { tpm } = asked.peer.machine;
    const secret = new Uint8Array(randomBytes(32));
    const credential = await makeCredential({
      ekPublic: decodePublic(tpm.ekPublic),
      akName: await toTpmName(decodePublic(tpm.akPublic)),
      secret,
    });
    const activation = {
      credentialBlob: Buffer.from(credential.credentialBlob).toString('base64url'),
      secret: Buffer.from(credential.secret).toString('base64url'),
    };
    const request = { nonce: nonce(), activation };
    const answer = await api.node.interrogator.verify(
      api.seeded.cluster,
      await node(asked),
      request,
      'token:user',
    );
    expect(answer).toMatchObject({
      nodeName: asked.ticket.node.name,
      nonce: request.nonce,
      activationSecret: Buffer.from(secret).toString('base64url'),
      appraisal: { outcome: 'accepted' },
    });
    const local = await verifyVerification(answer, {
      policy: await policyOf(answer),
      nonce: request.nonce,
      nodeId: asked.id,
      expectedClusterId: api.seeded.cluster.clusterId,
      activation: { secret, akPublic: tpm.akPublic, ekPublic: tpm.ekPublic },
      roots: VENDOR_ROOTS,
      now: new Date(),
    });
    expect(local).toMatchObject({ agreesWithServer: true, result: { outcome: 'accepted' } });
    expect(await api.platform.resultSigner.read(answer.result)).toMatchObject({
      eat_nonce: request.nonce,
      submods: { [asked.ticket.node.name]: { 'ear.status': 'affirming' } },
    });
  });

  it('S08 takes no evidence that was made for another purpose, and says so as verdict', async () => {
    const asked = await member();
    asked.respond = async (event) => {
      const claims = await asked.verificationClaims();
      const { nonce: given, evidenceRequest } = event;
      const evidence = await asked.peer.evidence({ nonce: given, evidenceRequest }, claims);
      return asked.send(event.requestId, { purpose: 'verification', claims, evidence });
    };
    const { appraisal } = await verify(asked);
    expect(appraisal).toMatchObject({ outcome: 'refused', findings: [{ code: 'evidence-not-genuine' }] });
    expect((await node(asked)).state).toBe('member');
  });

  it('S08 a verification’s evidence does not re-attest', async () => {
    const asked = await member();
    asked.respond = async (event) => {
      const evidence = (await asked.evidenceFor({ ...event, type: 'verify' }))['evidence'];
      const answer = { purpose: 'reattestation', claims: asked.peer.claims('reattestation'), evidence };
      return asked.send(event.requestId, answer);
    };
    await expect(reattest(asked)).rejects.toMatchObject({ code: 'node-state-conflict' });
    await eventually(() => expect(asked.answers).toMatchObject([{ body: { code: 'evidence-not-genuine' } }]));
    asked.respond = async (event) =>
      asked.send(event.requestId, await asked.evidenceFor({ ...event, type: 'verify' }));
    await expect(reattest(asked)).rejects.toMatchObject({ code: 'node-state-conflict' });
    await eventually(() =>
      expect(asked.answers.at(-1)).toMatchObject({ body: { code: 'evidence-invalid' } as Problem }),
    );
  });

  it('refuses claims about another connection', async () => {
    const asked = await member();
    const own = asked.verificationClaims.bind(asked);
    asked.verificationClaims = async () => ({ ...(await own()), tlsPublicKey: '0'.repeat(64) });
    expect((await verify(asked)).appraisal).toMatchObject({ outcome: 'refused' });
  });

  it('that is refused quarantines like any other appraisal', async () => {
    const moved = await member();
    move(moved);
    const { appraisal } = await verify(moved);
    expect(appraisal.findings).toMatchObject([{ claim: 'tpm.pcr.4' }]);
    await moved.ended;
    expect((await node(moved)).state).toBe('quarantined');
  });
});

/** A log without events: every PCR is zero, it says. */
function emptyEventLog(): Uint8Array {
  return encodeEventLog(['sha256'], []);
}

/** Accepts a PCR 4 that no machine of this file has. */
function strictTpm(): PolicyOf<'tpm'>['tpm'] {
  const { tpm } = testPolicy([]);
  const allow = { trust: 'endorsement-key', roots: 'any', allow: api.allow } as const;
  const values = [{ digest: '07'.repeat(32), comment: 'the next agent' }];
  return {
    ...tpm,
    attestationKey: { ...allow, allow: [...allow.allow] },
    pcrs: { '4': { mode: 'enforce', values } },
  };
}

const intervalsOf = async (of: Member) =>
  (await historyOf(of)).filter(({ trigger }) => trigger === 'interval').length;

async function policyOf({ policyVersion }: Verification): Promise<PolicyOf<'tpm'>> {
  const [row] = await api.test.sql('select document from policies where pool_id = $1 and version = $2', [
    api.seeded.pools.worker.id,
    policyVersion,
  ]);
  return row?.['document'] as PolicyOf<'tpm'>;
}
