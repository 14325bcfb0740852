import type { PolicyDocument, PolicyOf } from '@asterism/contracts';
import type { joins } from '@asterism/persistence';
import { describe, expect, it } from 'vitest';
import { testPolicy } from '../testing/test-policy.ts';
import { decideJoin, type JoinRequest } from './decide.ts';
import { nodeNameOf } from './node-name.ts';

const IDENTITY = 'a'.repeat(64);
const NEW_MACHINE: joins.JoinContext = {
  clusterState: 'ready',
  initialiserId: 'first',
  activePolicyVersion: 1,
  machineClusterId: null,
  machinePoolId: null,
  nodeId: null,
  nodeName: null,
  nodeState: null,
  enrolmentId: null,
  enrolmentState: null,
  enrolmentKind: null,
  enrolmentApproved: null,
  enrolmentWaitReason: null,
  diskIdentity: null,
  diskKey: null,
  diskKeyVersion: null,
  diskOpened: null,
  diskNextKeyVersion: null,
  diskEpoch: null,
  diskAcceptedEpoch: null,
  stateDiskKdf: 'pbkdf2',
  bootProgress: null,
  bootExpiresAt: null,
  bootTicket: null,
  lastLockedAt: null,
};
const NODE: Partial<joins.JoinContext> = {
  machineClusterId: 'cluster',
  machinePoolId: 'pool',
  nodeId: 'node',
  nodeName: 'workers-1',
  nodeState: 'member',
  diskIdentity: IDENTITY,
};
const TICKET = {
  enrolmentId: 'e',
  kind: 'join',
  diskId: 'disk',
  keyVersion: 1,
  format: true,
  kdf: 'pbkdf2',
  nextKeyVersion: null,
  epoch: 0,
  acceptedEpoch: null,
  policyVersion: 1,
} as const;
const NOW = new Date('2026-11-24T10:00:00Z');
const LATER = new Date('2026-11-24T10:05:00Z');

function decide(context: Partial<joins.JoinContext>, request: Partial<JoinRequest> = {}) {
  return decideJoin(
    { ...NEW_MACHINE, ...context },
    {
      clusterId: 'cluster',
      poolId: 'pool',
      role: 'worker',
      policy: testPolicy([IDENTITY]),
      identity: IDENTITY,
      diskId: 'disk',
      notBefore: NOW,
      now: NOW,
      ...request,
    },
  );
}

function trusting(
  attestationKey: PolicyOf<'tpm'>['tpm']['attestationKey'],
  approval: PolicyOf<'tpm'>['approval'],
) {
  const policy = testPolicy([IDENTITY], { approval });
  return { ...policy, tpm: { ...policy.tpm, attestationKey } };
}

const ROOTS = [{ name: 'root', spkiSha256: '0'.repeat(64) }];
const ALLOW_LIST = { trust: 'endorsement-key', roots: 'any', allow: [IDENTITY] } as const;
const ANY_OF_ROOT = { trust: 'endorsement-key', roots: ROOTS, allow: 'any' } as const;

describe('placing in the cluster', () => {
  it.each([
    [
      'created',
      'control-plane',
      null,
      { kind: 'grant', enrolmentKind: 'initialise', claimInitialisation: true },
    ],
    ['created', 'worker', null, { kind: 'wait', reason: 'initialisation' }],
    ['initialising', 'control-plane', null, { kind: 'wait', reason: 'initialisation' }],
    ['initialising', 'worker', null, { kind: 'wait', reason: 'initialisation' }],
    [
      'initialising',
      'control-plane',
      'first',
      { kind: 'grant', enrolmentKind: 'initialise', claimInitialisation: false },
    ],
    ['ready', 'control-plane', null, { kind: 'grant', enrolmentKind: 'join', claimInitialisation: false }],
    ['ready', 'worker', 'node', { kind: 'grant', enrolmentKind: 'rejoin', claimInitialisation: false }],
    [
      'ready',
      'control-plane',
      'first',
      { kind: 'grant', enrolmentKind: 'rejoin', claimInitialisation: false },
    ],
  ] as const)('in a cluster that is %s, a %s that is node %s', (clusterState, role, nodeId, decision) => {
    const known = nodeId === null ? {} : { ...NODE, nodeId };
    const initialiserId = clusterState === 'created' ? null : 'first';
    expect(decide({ clusterState, initialiserId, ...known }, { role })).toEqual(decision);
  });
});

describe('S22 approval', () => {
  const wait = { kind: 'wait', reason: 'approval' };
  it.each([
    ['control-plane', ANY_OF_ROOT, 'automatic', true],
    ['control-plane', { trust: 'certificate', roots: ROOTS }, 'automatic', true],
    ['control-plane', ALLOW_LIST, 'automatic', false],
    ['control-plane', { trust: 'pinned', keys: [IDENTITY] }, 'automatic', false],
    ['control-plane', ALLOW_LIST, 'required', true],
    ['worker', ANY_OF_ROOT, 'automatic', false],
    ['worker', ALLOW_LIST, 'required', true],
  ] as const)('S22 of a %s under %o with approval %s: waits %s', (role, key, approval, waits) => {
    const policy = trusting(key as PolicyOf<'tpm'>['tpm']['attestationKey'], approval);
    const decision = decide({}, { role, policy });
    if (waits) expect(decision).toEqual(wait);
    else expect(decision.kind).toBe('grant');
    expect(decide({ enrolmentApproved: true, enrolmentState: 'waiting' }, { role, policy }).kind).toBe(
      'grant',
    );
    expect(decide({ ...NODE, enrolmentApproved: false }, { role, policy }).kind).toBe('grant');
  });
});

describe('S22 approval of machines that are known without an endorsement key', () => {
  it.each(['sev-snp', 'tdx', 'azure-tdx', 'gcp-sev-snp', 'aws-nitro-tpm'] as const)(
    'S22 a control plane of variant %s takes them on its own only by a list',
    (variant) => {
      const of = (machines: 'any' | string[], approval: 'automatic' | 'required' = 'automatic') =>
        decide(
          {},
          { role: 'control-plane', policy: { variant, machines, approval } as unknown as PolicyDocument },
        );
      expect(of('any')).toEqual({ kind: 'wait', reason: 'approval' });
      expect(of([IDENTITY]).kind).toBe('grant');
      expect(of([IDENTITY], 'required')).toEqual({ kind: 'wait', reason: 'approval' });
    },
  );
});

describe('refusing', () => {
  it.each([
    [
      'S21 a machine of another cluster',
      { machineClusterId: 'other', machinePoolId: 'pool' },
      'identity-duplicate',
      true,
    ],
    [
      'S21 a machine of another pool',
      { machineClusterId: 'cluster', machinePoolId: 'other' },
      'identity-duplicate',
      true,
    ],
    ['S24 a revoked node', { ...NODE, nodeState: 'revoked' }, 'node-revoked', false],
    ['S24 a quarantined node', { ...NODE, nodeState: 'quarantined' }, 'node-quarantined', false],
    ['a denied machine', { enrolmentState: 'denied' }, 'enrolment-denied', false],
    ['S18 another machine’s disk', { diskIdentity: 'b'.repeat(64) }, 'state-disk-not-owned', true],
  ] as const)('%s', (_, context, code, audited) => {
    expect(decide(context)).toMatchObject({ kind: 'refuse', code, audited });
  });
});

describe('S20 the secrets of a boot', () => {
  const granted = { ...NODE, bootProgress: 'granted', bootTicket: TICKET, bootExpiresAt: LATER } as const;
  it('S20 come again while the grant lasts', () => {
    expect(decide(granted)).toEqual({
      kind: 'repeat',
      nodeId: 'node',
      nodeName: 'workers-1',
      parameters: TICKET,
      expiresAt: LATER,
    });
  });
  it.each([
    ['not when it has expired', { bootExpiresAt: NOW }, {}, 'node-locked'],
    ['not after the lock', { bootProgress: 'locked' }, {}, 'node-locked'],
    ['not after the disk was opened', { bootProgress: 'disk-open' }, {}, 'node-locked'],
    ['not as a member', { bootProgress: 'member' }, {}, 'node-locked'],
    ['not for another disk', {}, { diskId: 'other' }, 'node-state-conflict'],
  ] as const)('S20 %s', (_, context, request, code) => {
    const owned = { diskIdentity: IDENTITY };
    expect(decide({ ...granted, ...owned, ...context }, request)).toMatchObject({ kind: 'refuse', code });
  });
  it('S20 not on evidence that may be older than a lock of any boot', () => {
    const { kind } = decide({ ...NODE, lastLockedAt: new Date(NOW.getTime() - 1) });
    expect(kind).toBe('grant');
    expect(decide({ ...NODE, lastLockedAt: NOW })).toMatchObject({ kind: 'refuse', code: 'node-locked' });
  });
  it('S18 no grant of before gives a disk that has changed hands', () => {
    expect(decide({ ...granted, diskIdentity: 'b'.repeat(64) })).toMatchObject({
      code: 'state-disk-not-owned',
    });
  });
});

describe('the name of a node', () => {
  const label = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
  it('is a DNS label, the same each time, and longer where it is taken', () => {
    expect(nodeNameOf('workers', IDENTITY, 0)).toBe('workers-aaaaaaaa');
    expect(nodeNameOf('workers', IDENTITY, 1)).toBe('workers-aaaaaaaaaaaa');
    for (const pool of ['p', 'p'.repeat(63), `${'p'.repeat(53)}-${'q'.repeat(9)}`]) {
      for (const attempt of [0, 3]) expect(nodeNameOf(pool, IDENTITY, attempt)).toMatch(label);
    }
  });
});
