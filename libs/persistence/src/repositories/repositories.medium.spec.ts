import { existsSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { NODE_STATES, NODE_TRANSITIONS, type AppraisalResult, type NodeState } from '@asterism/contracts';
import { seedCluster, startTestDatabase, type SeededCluster, type TestDatabase } from '@asterism/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAuditHash, verifyAuditChain } from '../audit-chain.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import { followEvents } from '../database/follow-events.ts';
import {
  appraisals,
  audit,
  boots,
  clusters,
  connections,
  enrolments,
  events,
  evidenceRequests,
  idempotencyKeys,
  inTransaction,
  joins,
  keys,
  nodes,
  nonces,
  policies,
  pools,
  signInCodes,
  stateDisks,
  tokens,
  type Database,
  type Transaction,
} from '../index.ts';

const TICKET = {
  keyVersion: 1,
  format: true,
  kdf: 'pbkdf2',
  nextKeyVersion: null,
  epoch: 0,
  acceptedEpoch: null,
  policyVersion: 1,
} as const;

const DEBIAN = '/usr/lib/postgresql/15/bin';
const SERVERS = [
  { name: 'the packaged PostgreSQL', installation: undefined, missing: undefined },
  {
    name: 'PostgreSQL 15 of Debian',
    installation: { initdb: `${DEBIAN}/initdb`, postgres: `${DEBIAN}/postgres` },
    missing: existsSync(`${DEBIAN}/postgres`) ? undefined : 'the package postgresql-15 is not installed',
  },
];

const RESULT: AppraisalResult = {
  outcome: 'accepted',
  status: 'affirming',
  variant: 'tpm',
  claims: [],
  findings: [],
  trustworthiness: {},
};
const hash = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
const identityOf = (name: string) => Buffer.from(hash(name)).toString('hex');

describe.each(SERVERS)('on $name', ({ installation, missing }) => {
  if (missing !== undefined) {
    it.skip(`is not tried: ${missing}`, () => undefined);
    return;
  }
  let test: TestDatabase;
  let db: Database;
  let replica: Database;
  let seeded: SeededCluster;
  let clusterId: string;
  let now = new Date('2026-11-24T10:00:00.000Z');

  beforeAll(async () => {
    test = await startTestDatabase({ ...(installation && { installation }), clock: () => now });
    db = test.database;
    replica = await test.connectReplica();
    seeded = await seedCluster(db);
    clusterId = seeded.cluster.id;
  });
  afterAll(() => test?.stop());

  const machine = (name: string, pool = seeded.pools.worker) => ({
    poolId: pool.id,
    identity: identityOf(name),
    variant: 'tpm' as const,
    ekPublic: hash(`ek ${name}`),
  });

  async function join(
    name: string,
    change: Partial<joins.JoinGrant> & { readonly on?: Database; readonly diskId?: string } = {},
  ): Promise<{ readonly nodeId: string; readonly ready: boolean; readonly enrolmentId: string }> {
    const { on = db, diskId = `disk-${name}`, ...grant } = change;
    const nodeId = grant.nodeId ?? on.newId();
    const enrolmentId = grant.enrolmentId ?? on.newId();
    const ready = await inTransaction(on, async (tx) => {
      audit.append(tx, {
        clusterId,
        actor: `machine:${identityOf(name)}`,
        action: 'enrolment.granted',
        target: `node:${nodeId}`,
        details: { kind: 'join' },
      });
      events.append(tx, { type: 'enrolment.granted', clusterId, data: { nodeId } });
      return joins.writeGrant(
        tx,
        clusterId,
        machine(name),
        {
          id: tx.newId(),
          policyVersion: 1,
          result: RESULT,
          evidence: { variant: 'sev-snp', format: 'asterism/evidence/v1', parts: { report: '' } },
          claims: {},
          binding: '0'.repeat(64),
        },
        {
          nodeName: `workers-${name}`,
          agentVersion: '1',
          kind: 'join',
          boot: '1.0',
          expiresAt: new Date(now.getTime() + 60_000),
          activatedKey: null,
          newMachine: true,
          newNode: true,
          newDisk: true,
          claimInitialisation: false,
          ...grant,
          nodeId,
          enrolmentId,
          ticket: { enrolmentId, kind: 'join', diskId, ...TICKET },
        },
      );
    });
    return { nodeId, ready, enrolmentId };
  }

  const moveTo = (nodeId: string, to: NodeState) =>
    inTransaction(db, (tx) => nodes.changeState(tx, clusterId, nodeId, { to, reason: null }));

  it('reads back what a grant wrote', async () => {
    const { nodeId } = await join('grant');
    const node = await nodes.find(db.queries, clusterId, nodeId);
    expect(node).toMatchObject({
      state: 'attesting',
      boots: 1,
      poolName: 'workers',
      stateDisk: { id: 'disk-grant', keyVersion: 1 },
      lastAppraisal: { outcome: 'accepted', policyVersion: 1 },
    });
    expect((await clusters.find(db.queries, 'production'))?.nodeCounts['attesting']).toBeGreaterThan(0);
    const context = await joins.readContext(db.queries, clusterId, seeded.pools.worker.id, {
      identity: identityOf('grant'),
      diskId: 'disk-grant',
      boot: '1.0',
    });
    expect(context).toMatchObject({
      nodeId,
      diskIdentity: identityOf('grant'),
      bootProgress: 'granted',
      bootTicket: { diskId: 'disk-grant' },
      enrolmentState: 'granted',
    });
  });

  it('S21 of concurrent enrolments of one machine identity one wins, by constraint', async () => {
    const results = await Promise.allSettled([
      join('twice', { on: db }),
      join('twice', { on: replica, diskId: 'disk-twice-b' }),
      join('twice', { on: replica, diskId: 'disk-twice-c' }),
    ]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(isUniqueViolation(result.reason)).toBe(true);
    }
    const rows = await test.sql('select id from nodes where identity = $1', [identityOf('twice')]);
    expect(rows).toHaveLength(1);
  });

  it('S21 one of two machines that would initialise is told to', async () => {
    const other = await seedCluster(db, { name: 'race' });
    const claim = (on: Database, name: string) =>
      inTransaction(on, async (tx) => {
        const ready = await joins.writeGrant(
          tx,
          other.cluster.id,
          { ...machine(name), poolId: other.pools['control-plane'].id },
          {
            id: tx.newId(),
            policyVersion: 1,
            result: RESULT,
            evidence: { variant: 'sev-snp', format: 'asterism/evidence/v1', parts: { report: '' } },
            claims: {},
            binding: '0'.repeat(64),
          },
          {
            enrolmentId: tx.newId(),
            nodeId: tx.newId(),
            nodeName: name,
            agentVersion: '1',
            kind: 'initialise',
            boot: '1.0',
            expiresAt: now,
            activatedKey: null,
            newMachine: true,
            newNode: true,
            newDisk: true,
            claimInitialisation: true,
            ticket: {
              enrolmentId: tx.newId(),
              kind: 'initialise',
              diskId: name,
              ...TICKET,
            },
          },
        );
        if (!ready) throw new Error('another machine was told');
      });
    const results = await Promise.allSettled([claim(db, 'init-a'), claim(replica, 'init-b')]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await nodes.list(db.queries, other.cluster.id, {}, { limit: 10 })).items).toHaveLength(1);
  });

  it('S02 of two replicas that race for a nonce one gets it', async () => {
    for (let round = 0; round < 20; round++) {
      const nonce = { hash: randomBytes(32), connectionId: 'socket-1', purpose: 'fresh' as const };
      await nonces.issue(db, { ...nonce, expiresAt: new Date(now.getTime() + 60_000) });
      const won = await Promise.all([nonces.consume(db, nonce), nonces.consume(replica, nonce)]);
      expect(won.filter((result) => result !== undefined)).toHaveLength(1);
    }
  });

  it('S02 refuses a nonce that is unknown, expired, of another socket or for another purpose', async () => {
    const nonce = { hash: randomBytes(32), connectionId: 'socket-1', purpose: 'fresh' as const };
    expect(await nonces.consume(db, nonce)).toBeUndefined();
    await nonces.issue(db, { ...nonce, expiresAt: new Date(now.getTime() + 60_000) });
    expect(await nonces.consume(db, { ...nonce, connectionId: 'socket-2' })).toBeUndefined();
    expect(await nonces.consume(db, { ...nonce, purpose: 'challenge' })).toBeUndefined();
    expect(await nonces.consume(db, nonce)).toBeDefined();
    await nonces.issue(db, { ...nonce, expiresAt: now });
    expect(await nonces.consume(db, nonce)).toBeUndefined();
  });

  it('S35 moves nodes along the drawn arrows only, in the repository and in the database', async () => {
    const { nodeId } = await join('arrows');
    const drawn = await test.sql('select from_state, to_state from node_transitions');
    const want = NODE_STATES.flatMap((from) => NODE_TRANSITIONS[from].map((to) => `${from} ${to}`));
    expect(drawn.map((row) => `${row['from_state']} ${row['to_state']}`).sort()).toEqual(want.sort());
    expect(await moveTo(nodeId, 'member')).toBe(false);
    await expect(test.sql(`update nodes set state = 'member' where id = $1`, [nodeId])).rejects.toMatchObject(
      {
        code: 'AST02',
      },
    );
    expect(await moveTo(nodeId, 'locked')).toBe(true);
  });

  it('S35 a timeout never overwrites a failure', async () => {
    const { nodeId } = await join('timeout');
    expect(await moveTo(nodeId, 'quarantined')).toBe(true);
    expect(await moveTo(nodeId, 'lost')).toBe(false);
    expect((await nodes.find(db.queries, clusterId, nodeId))?.state).toBe('quarantined');
  });

  it('S35 refuses to change or delete an appraisal or an audit record', async () => {
    await join('append-only');
    for (const statement of [
      `update appraisals set outcome = 'refused'`,
      'delete from appraisals',
      'truncate appraisals',
      `update audit set actor = 'system'`,
      'delete from audit',
    ]) {
      await expect(test.sql(statement)).rejects.toMatchObject({ code: 'AST01' });
    }
  });

  it('S24 revoking ends every right in the commit that records it', async () => {
    const { nodeId, enrolmentId } = await join('revoked');
    await expect(
      inTransaction(db, async (tx) => {
        await nodes.revoke(tx, clusterId, nodeId, { by: 'token:1', reason: 'stolen' });
        throw new Error('before the commit');
      }),
    ).rejects.toThrow('before the commit');
    expect((await nodes.find(db.queries, clusterId, nodeId))?.state).toBe('attesting');

    await inTransaction(db, (tx) => nodes.revoke(tx, clusterId, nodeId, { by: 'token:1', reason: 'stolen' }));
    expect(await nodes.find(db.queries, clusterId, nodeId)).toMatchObject({
      state: 'revoked',
      stateReason: 'stolen',
    });
    expect(await boots.find(db.queries, clusterId, nodeId, '1.0')).toBeUndefined();
    expect((await enrolments.find(db.queries, clusterId, enrolmentId))?.state).toBe('denied');
    const listed = await keys.list(db.queries, clusterId, {}, { limit: 200 });
    expect(listed.items.find((key) => key.owner === `node:${nodeId}`)?.state).toBe('retired');
    await expect(
      inTransaction(db, (tx) => nodes.revoke(tx, clusterId, nodeId, { by: 'token:1', reason: '' })),
    ).rejects.toMatchObject({ code: 'transition-refused' });
    await expect(join('revoked')).rejects.toSatisfy(isUniqueViolation);
  });

  it('S22 approves only for the identity that was shown, and only once', async () => {
    const enrolmentId = db.newId();
    await inTransaction(db, (tx) =>
      joins.writeWait(
        tx,
        clusterId,
        machine('approval'),
        {
          id: tx.newId(),
          policyVersion: 1,
          result: RESULT,
          evidence: { variant: 'sev-snp', format: 'asterism/evidence/v1', parts: { report: '' } },
          claims: {},
          binding: '0'.repeat(64),
        },
        { enrolmentId, kind: null, reason: 'approval', newMachine: true },
      ),
    );
    const approve = (identity: string) =>
      inTransaction(db, (tx) =>
        enrolments.approve(tx, clusterId, enrolmentId, { identity, by: 'token:1', reason: '' }),
      );
    await expect(approve(identityOf('another'))).rejects.toMatchObject({ code: 'not-found' });
    expect((await approve(identityOf('approval'))).decidedBy).toBe('token:1');
    await expect(approve(identityOf('approval'))).rejects.toMatchObject({ code: 'already-decided' });
  });

  it('S20 a boot is locked once and its steps only go forward', async () => {
    const { nodeId } = await join('steps');
    const step = <Result>(work: (tx: Transaction) => Promise<Result>) => inTransaction(db, work);
    expect(await step((tx) => boots.noteProgress(tx, clusterId, nodeId, '1.0', 'disk-open'))).toBe(false);
    expect(await step((tx) => boots.noteLock(tx, clusterId, nodeId, '1.0'))).toBe(true);
    expect(await step((tx) => boots.noteLock(tx, clusterId, nodeId, '1.0'))).toBe(false);
    expect(await step((tx) => boots.noteProgress(tx, clusterId, nodeId, '1.0', 'member'))).toBe(false);
    expect(await step((tx) => boots.noteProgress(tx, clusterId, nodeId, '1.0', 'disk-open'))).toBe(true);
    expect(await step((tx) => boots.noteProgress(tx, clusterId, nodeId, '1.0', 'member'))).toBe(true);
    await step((tx) => stateDisks.noteOpened(tx, clusterId, 'disk-steps'));
    const disks = await test.sql('select opened_at from state_disks where disk_id = $1', ['disk-steps']);
    expect(disks[0]?.['opened_at']).toEqual(now);
  });

  it('keeps rows of one cluster out of every query of another', async () => {
    const other = await seedCluster(db, { name: 'tenant' });
    const { nodeId, enrolmentId } = await join('mine');
    const foreign = other.cluster.id;
    expect(await nodes.find(db.queries, foreign, nodeId)).toBeUndefined();
    expect(await enrolments.find(db.queries, foreign, enrolmentId)).toBeUndefined();
    expect(await pools.find(db.queries, foreign, seeded.pools.worker.id)).toBeUndefined();
    expect(await policies.find(db.queries, foreign, seeded.pools.worker.id, 1)).toBeUndefined();
    expect((await keys.list(db.queries, foreign, {}, { limit: 10 })).items).toEqual([]);
    expect((await appraisals.listOfNode(db.queries, foreign, nodeId, { limit: 10 })).items).toEqual([]);
    const change = { to: 'revoked' as const, reason: null };
    expect(await inTransaction(db, (tx) => nodes.changeState(tx, foreign, nodeId, change))).toBe(false);
    expect(await events.readAfter(db.queries, [foreign], 0, 10)).toEqual([]);
  });

  it('S30 chains audit records of concurrent transactions without gap or fork, and finds what was changed', async () => {
    const append = (on: Database, index: number) =>
      inTransaction(on, async (tx) => {
        audit.append(tx, {
          clusterId: index % 2 === 0 ? clusterId : null,
          actor: 'system',
          action: 'test.appended',
          target: `é"\\ ${index}`,
          details: { index, nested: { ü: [1.5, null, 'a\nb'], z: true } },
        });
        events.append(tx, { type: 'cluster.updated', clusterId, data: { index } });
      });
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => append(index % 2 === 0 ? db : replica, index)),
    );
    const chain = await verifyAuditChain(db.queries);
    expect(chain).toMatchObject({ intact: true, brokenAt: null });
    expect(chain.records).toBeGreaterThanOrEqual(60);
    const head = await audit.readHead(db.queries);
    expect(head?.sequence).toBe(chain.records);

    const tamper = async (statement: string) => {
      await test.sql('alter table audit disable trigger append_only');
      await test.sql(statement);
      await test.sql('alter table audit enable trigger append_only');
      return verifyAuditChain(db.queries, head);
    };
    const last = chain.records;
    expect(await tamper(`delete from audit where sequence = ${last}`)).toMatchObject({ brokenAt: last });
    expect(
      await tamper(`update audit set details = '{"index":99}' where sequence = ${last - 5}`),
    ).toMatchObject({ intact: false, brokenAt: last - 5, reason: 'the record does not match its hash' });
    // Rewritten with a hash of its own that fits: the next record gives it away.
    const [rewritten] = await audit.readAfter(db.queries, 'all', last - 7, 1);
    if (rewritten === undefined) throw new Error('no record to rewrite');
    const hash = await toAuditHash({ ...rewritten, target: 'rewritten' });
    const where = `where sequence = ${rewritten.sequence}`;
    expect(await tamper(`update audit set target = 'rewritten', hash = '${hash}' ${where}`)).toMatchObject({
      intact: false,
      brokenAt: rewritten.sequence + 1,
      reason: 'previous is not the hash of the record before',
    });
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    expect(await tamper(`update audit set details = '${deep}' where sequence = ${last - 7}`)).toMatchObject({
      intact: false,
      brokenAt: last - 7,
    });
    expect(await tamper(`delete from audit where sequence = ${last - 9}`)).toMatchObject({
      brokenAt: last - 9,
    });
  });

  it('S30 writes no audit record and no event for work that is rolled back', async () => {
    const before = [await audit.readHead(db.queries), await events.readLastId(db.queries)];
    await expect(
      inTransaction(db, (tx) => {
        audit.append(tx, { clusterId, actor: 'system', action: 'a.b', target: 't', details: {} });
        events.append(tx, { type: 'cluster.updated', clusterId, data: {} });
        return Promise.reject(new Error('no'));
      }),
    ).rejects.toThrow('no');
    expect([await audit.readHead(db.queries), await events.readLastId(db.queries)]).toEqual(before);
  });

  it('follows events in commit order, each once, also over a lost connection', async () => {
    const seen: number[] = [];
    const subscription = await followEvents(replica, (page) =>
      seen.push(...page.map((event) => Number(event.id))),
    );
    const emit = () =>
      inTransaction(db, async (tx) => events.append(tx, { type: 'cluster.updated', clusterId, data: {} }));
    await Promise.all(Array.from({ length: 20 }, emit));
    await expect.poll(() => seen.length).toBe(20);
    await test.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and pid <> pg_backend_pid()`,
    );
    await emit();
    await expect.poll(() => seen.length, { timeout: 5_000 }).toBe(21);
    await emit();
    await expect.poll(() => seen.length).toBe(22);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    await subscription.close();
  });

  it('pages through a list without gap or repetition, and refuses a cursor of another list', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `page-${index}`);
    const other = await seedCluster(db, { name: 'pages' });
    await inTransaction(db, async (tx) => {
      for (const name of names) {
        await pools.create(tx, other.cluster.id, {
          name,
          description: '',
          role: 'worker',
          variant: 'tpm',
          stateDiskKdf: 'pbkdf2',
        });
      }
    });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await pools.list(db.queries, other.cluster.id, { limit: 2, cursor });
      seen.push(...page.items.map((pool) => pool.name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(9);
    expect(new Set(seen).size).toBe(9);
    const first = await pools.list(db.queries, other.cluster.id, { limit: 1 });
    for (const wrong of [first.nextCursor ?? '', 'x', '%', '']) {
      await expect(nodes.list(db.queries, clusterId, {}, { limit: 1, cursor: wrong })).rejects.toMatchObject({
        code: 'cursor-invalid',
      });
    }
  });

  it('updates only the revision that the caller saw', async () => {
    const { revision } = await inTransaction(db, (tx) =>
      clusters.update(tx, clusterId, seeded.cluster.revision, { description: 'a' }),
    );
    await expect(
      inTransaction(db, (tx) => clusters.update(tx, clusterId, revision - 1, { description: 'b' })),
    ).rejects.toMatchObject({ code: 'revision-stale', want: revision });
  });

  it('deletes a cluster only without live nodes', async () => {
    await join('keeps');
    await expect(inTransaction(db, (tx) => clusters.remove(tx, clusterId))).rejects.toMatchObject({
      code: 'not-empty',
    });
    const empty = await seedCluster(db, { name: 'empty' });
    await inTransaction(db, (tx) => clusters.remove(tx, empty.cluster.id));
    expect(await clusters.find(db.queries, 'empty')).toBeUndefined();
  });

  it('S29 exchanges a sign-in code once, and never when it is late', async () => {
    const code = {
      name: 'browser',
      bindings: [{ role: 'admin' as const, clusterId: null }],
      createdBy: 'token:1',
      expiresAt: new Date(now.getTime() + 600_000),
      sessionExpiresAt: new Date(now.getTime() + 3_600_000),
    };
    await inTransaction(db, (tx) => signInCodes.create(tx, hash('code'), code));
    const exchanged = await Promise.all(
      [db, replica].map((on) => inTransaction(on, (tx) => signInCodes.consume(tx, hash('code')))),
    );
    expect(exchanged.filter((result) => result !== undefined)).toHaveLength(1);
    await inTransaction(db, (tx) => signInCodes.create(tx, hash('late'), { ...code, expiresAt: now }));
    expect(await inTransaction(db, (tx) => signInCodes.consume(tx, hash('late')))).toBeUndefined();
  });

  it('S29 keeps the hash of a token and not the token', async () => {
    const token = await inTransaction(db, (tx) =>
      tokens.create(tx, {
        name: 'ci',
        kind: 'token',
        secretHash: hash('ast_secret'),
        bindings: [],
        createdBy: 'system',
        expiresAt: new Date(now.getTime() + 1_000),
      }),
    );
    expect((await tokens.findBySecretHash(db.queries, hash('ast_secret')))?.id).toBe(token.id);
    expect(await tokens.findBySecretHash(db.queries, hash('other'))).toBeUndefined();
    expect(JSON.stringify(await test.sql('select * from tokens'))).not.toContain('ast_secret');
    expect((await inTransaction(db, (tx) => tokens.revoke(tx, token.id))).revokedAt).toBe(now.toISOString());
  });

  it('does the work of an idempotency key once', async () => {
    const request = { hash: hash('body'), now, staleBefore: new Date(now.getTime() - 60_000) };
    const claims = await Promise.all([
      idempotencyKeys.claim(db.queries, 'token:1', 'k', request),
      idempotencyKeys.claim(replica.queries, 'token:1', 'k', request),
    ]);
    expect(claims.map((claim) => claim.kind).sort()).toEqual(['first', 'in-progress']);
    const answer = { claimedAt: request.now, status: 201, response: { a: 1 } };
    const tooLate = { ...answer, claimedAt: new Date(request.now.getTime() - 1) };
    await expect(idempotencyKeys.complete(db.queries, 'token:1', 'k', tooLate)).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
    await idempotencyKeys.release(db.queries, 'token:1', 'k', tooLate.claimedAt);
    await idempotencyKeys.complete(db.queries, 'token:1', 'k', answer);
    expect(await idempotencyKeys.claim(db.queries, 'token:1', 'k', request)).toEqual({
      kind: 'repeat',
      status: 201,
      response: { a: 1 },
    });
    await expect(
      idempotencyKeys.claim(db.queries, 'token:1', 'k', { ...request, hash: hash('other') }),
    ).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    expect((await idempotencyKeys.claim(db.queries, 'token:2', 'k', request)).kind).toBe('first');
  });

  it('S02 counts one answer to an evidence request, of the node that was asked', async () => {
    const { nodeId } = await join('asked');
    const request = await evidenceRequests.create(
      db,
      clusterId,
      {
        nodeId,
        purpose: 'reattestation',
        trigger: 'interval',
        nonce: 'n',
        requestedBy: 'system',
        expiresAt: new Date(now.getTime() + 10_000),
      },
      { kind: 'self' },
    );
    const consume = (on: Database, by: string, at = now) =>
      evidenceRequests.consume(on.queries, clusterId, by, request.id, at);
    expect(await consume(db, db.newId())).toBeUndefined();
    expect(await consume(db, nodeId, new Date(now.getTime() + 10_000))).toBeUndefined();
    const won = await Promise.all([consume(db, nodeId), consume(replica, nodeId)]);
    expect(won.filter((result) => result !== undefined)).toHaveLength(1);
  });

  it('forgets the streams of a replica that stopped beating', async () => {
    const { nodeId } = await join('streaming');
    const replicaId = db.newId();
    await connections.beat(db.queries, replicaId, now);
    await inTransaction(db, (tx) =>
      connections.open(tx, clusterId, {
        nodeId,
        connectionId: 'c1',
        replicaId,
        connection: {
          since: now.toISOString(),
          tlsVersion: 'TLSv1.3',
          cipher: 'TLS_AES_256_GCM_SHA384',
          keyExchange: 'X25519MLKEM768',
          remoteAddress: '127.0.0.1',
        },
      }),
    );
    expect((await nodes.find(db.queries, clusterId, nodeId))?.connection?.keyExchange).toBe('X25519MLKEM768');
    expect(await inTransaction(db, (tx) => connections.reap(tx, now))).toEqual([]);
    now = new Date(now.getTime() + 30_000);
    const lost = await inTransaction(db, (tx) => connections.reap(tx, new Date(now.getTime() - 15_000)));
    expect(lost).toEqual([{ clusterId, nodeId }]);
  });

  it('refuses a database of a newer version', async () => {
    await test.sql(`insert into kysely_migration values ('9999-the-future', '2030-01-01')`);
    await expect(test.connectReplica()).rejects.toMatchObject({
      code: 'database-newer',
      got: ['9999-the-future'],
    });
    await test.sql(`delete from kysely_migration where name = '9999-the-future'`);
  });
});
