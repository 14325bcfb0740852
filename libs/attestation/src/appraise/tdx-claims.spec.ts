import { toHex } from '@asterism/bytes';
import type { Measurement, PolicyDocument, PolicyOf, TdxPolicy } from '@asterism/contracts';
import {
  mintedPolicy,
  mintGuest,
  MINT_TDX15,
  MINT_AT,
  type MintedGuest,
  appraiseGuest,
  MINT_CLUSTER_ID,
  findingsOf,
  verifyGuest,
} from '@asterism/testkit';
import { encodeEventLog, EVENT_TYPE } from '@asterism/tpm';
import { extendRtmr } from '@asterism/tdx';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorise, lockedRtmr2, NO_COLLATERAL, type Collateral } from '../index.ts';

let guest: MintedGuest;
beforeAll(async () => {
  guest = await mintGuest('tdx');
});

type Change = Partial<TdxPolicy>;
function policyOf(change: Change = {}, shared: Partial<PolicyDocument> = {}): PolicyDocument {
  const policy = mintedPolicy(guest) as PolicyOf<'tdx'>;
  return { ...policy, ...shared, tdx: { ...policy.tdx, ...change } } as PolicyDocument;
}
const judge = (change: Change, collateral: Collateral = guest.collateral) =>
  findingsOf(guest, { policy: policyOf(change), expected: { collateral } });
const wanting = (byte: number): Measurement => ({
  mode: 'enforce',
  values: [{ digest: toHex(new Uint8Array(48).fill(byte)), comment: 'wanted' }],
});

/** Collateral by which the platform has this status. */
async function rated(tcbStatus: string, advisoryIDs: readonly string[] = []): Promise<Collateral> {
  const { tdx } = guest.parts;
  if (tdx === null) throw new Error('not a trust domain');
  const collateral = await tdx.collateral({
    tcbInfo: (genuine) => ({
      ...genuine,
      tcbLevels: genuine.tcbLevels.map((level) => ({ ...level, tcbStatus, advisoryIDs: [...advisoryIDs] })),
    }),
  });
  return { ...NO_COLLATERAL, tdx: [collateral] };
}

const exception = (change: Partial<TdxPolicy['tcbStatus']['exceptions'][number]> = {}) => ({
  tcbStatus: {
    exceptions: [
      {
        status: 'SWHardeningNeeded' as const,
        advisories: ['INTEL-SA-00001', 'INTEL-SA-00002'],
        until: '2026-06-02T00:00:00.000Z',
        comment: 'until the next image',
        ...change,
      },
    ],
  },
});

describe('claims of TDX', () => {
  it('name every field of a policy', async () => {
    const { result } = await appraiseGuest(guest, { policy: policyOf() });
    expect(result.claims.map(({ claim }) => claim)).toEqual([
      'variant',
      'tdx.mr-td',
      'tdx.rtmr0',
      'tdx.rtmr1',
      'tdx.rtmr2',
      'tdx.rtmr3',
      'tdx.event-log',
      'tdx.module.mr-seam',
      'tdx.module.svn',
      'tdx.mr-config-id',
      'tdx.mr-owner',
      'tdx.mr-owner-config',
      'tdx.mr-service-td',
      'tdx.xfam',
      'tdx.td-attributes',
      'tdx.tcb-status',
      'tdx.tcb-evaluation-data-number',
      'tdx.platform',
      'tdx.lock',
      'machine.identity',
      'collateral.age',
    ]);
  });

  it('S14 debug is refused always', async () => {
    guest.trustDomain = { tdAttributes: Uint8Array.of(1, 0, 0, 0x10, 0, 0, 0, 0) };
    await expect(verifyGuest(guest)).rejects.toMatchObject({ code: 'debug', outcome: 'policy' });
    guest.trustDomain = {};
  });

  it.each(['OutOfDate', 'OutOfDateConfigurationNeeded', 'Revoked'])(
    'S14 %s is refused always',
    async (status) => {
      const expected = { collateral: await rated(status) };
      await expect(verifyGuest(guest, { expected })).rejects.toMatchObject({
        code: 'tcb-status',
        outcome: 'policy',
      });
    },
  );

  it('S14 another status is accepted under an unexpired exception that names every advisory, with a warning', async () => {
    const collateral = await rated('SWHardeningNeeded', ['INTEL-SA-00001']);
    expect(await judge({}, collateral)).toEqual(['tcb-status-not-accepted tdx.tcb-status']);
    const policy = policyOf(exception());
    const { result } = await appraiseGuest(guest, { policy, expected: { collateral } });
    expect(result).toMatchObject({
      outcome: 'accepted',
      status: 'warning',
      findings: [{ code: 'tcb-status-excepted', got: 'SWHardeningNeeded INTEL-SA-00001' }],
    });
    for (const change of [
      { advisories: ['INTEL-SA-00002'] },
      { advisories: [] },
      { status: 'ConfigurationNeeded' as const },
      { until: MINT_AT.toISOString() },
    ]) {
      expect(await judge(exception(change), collateral)).toEqual(['tcb-status-not-accepted tdx.tcb-status']);
    }
  });

  it.each([
    ['mrTd', { mrTd: wanting(9) }, 'measurement-mismatch tdx.mr-td'],
    ['rtmr0', { rtmr0: wanting(9) }, 'measurement-mismatch tdx.rtmr0'],
    ['rtmr1', { rtmr1: wanting(9) }, 'measurement-mismatch tdx.rtmr1'],
    ['rtmr3', { rtmr3: wanting(9) }, 'measurement-mismatch tdx.rtmr3'],
    [
      'mrSeam',
      { module: { mrSeam: wanting(9), minimumSvn: 'any' } },
      'measurement-mismatch tdx.module.mr-seam',
    ],
    ['module SVN', { module: { mrSeam: wanting(0xa5), minimumSvn: 255 } }, 'module-too-old tdx.module.svn'],
    ['mrConfigId', { mrConfigId: wanting(9) }, 'measurement-mismatch tdx.mr-config-id'],
    ['mrOwner', { mrOwner: wanting(9) }, 'measurement-mismatch tdx.mr-owner'],
    ['mrOwnerConfig', { mrOwnerConfig: wanting(9) }, 'measurement-mismatch tdx.mr-owner-config'],
    ['xfam', { xfam: ['0000000000000000'] }, 'attributes-mismatch tdx.xfam'],
    ['tdAttributes', { tdAttributes: ['0000000000000000'] }, 'attributes-mismatch tdx.td-attributes'],
    [
      'evaluation number',
      { minimumTcbEvaluationDataNumber: 1_000_000 },
      'tcb-evaluation-too-old tdx.tcb-evaluation-data-number',
    ],
    ['event log', { eventLog: 'required' }, 'event-log-missing tdx.event-log'],
    [
      'allowed platforms',
      { platforms: { allow: ['00'.repeat(16)], deny: [] } },
      'platform-not-allowed tdx.platform',
    ],
  ] as const)('%s is compared', async (_, change, finding) => {
    expect(await judge(change as unknown as Change)).toEqual([finding]);
  });

  it('accepts what is listed', async () => {
    const ppid = toHex(guest.parts.tdx?.fields.ppid ?? new Uint8Array());
    const change: Change = {
      xfam: ['e700060000000000'],
      tdAttributes: ['0000001000000000'],
      platforms: { allow: [ppid], deny: [] },
      minimumTcbEvaluationDataNumber: 1,
      module: { mrSeam: wanting(0xa5), minimumSvn: 1 },
    };
    expect(await judge(change)).toEqual([]);
  });

  it('takes the least number and the least SVN, and nothing below', async () => {
    const quote = (await verifyGuest(guest)).tdx?.quote;
    const number = quote?.tcbEvaluationDataNumber ?? 0;
    const svn = quote?.report.teeTcbSvn[0] ?? 0;
    const module = { mrSeam: wanting(0xa5), minimumSvn: svn };
    expect(await judge({ minimumTcbEvaluationDataNumber: number, module })).toEqual([]);
    expect(await judge({ minimumTcbEvaluationDataNumber: number + 1 })).toHaveLength(1);
    expect(await judge({ module: { ...module, minimumSvn: svn + 1 } })).toEqual([
      'module-too-old tdx.module.svn',
    ]);
  });

  it('S04 a service TD, for which policies have no word, is refused', async () => {
    const boundTo = async (mrServiceTd: Uint8Array) => {
      guest.trustDomain = { tdx15: { ...MINT_TDX15, mrServiceTd: new Uint8Array(mrServiceTd) } };
      return judge({});
    };
    expect(await boundTo(new Uint8Array(48))).toEqual([]);
    expect(await boundTo(new Uint8Array(48).fill(7))).toEqual(['service-td-bound tdx.mr-service-td']);
    guest.trustDomain = {};
  });

  it('S16 a denied platform is refused, also where it is allowed', async () => {
    const ppid = toHex(guest.parts.tdx?.fields.ppid ?? new Uint8Array());
    for (const allow of ['any', [ppid]] as const) {
      expect(await judge({ platforms: { allow: allow as 'any', deny: [ppid] } })).toEqual([
        'platform-denied tdx.platform',
      ]);
    }
  });

  it('collateral that is older than the policy takes decides nothing', async () => {
    for (const [days, outcome] of [
      [12, 'accepted'],
      [11, 'undecided'],
    ] as const) {
      const policy = policyOf({}, { maximumCollateralAge: days * 86_400 });
      expect((await appraiseGuest(guest, { policy })).result.outcome).toBe(outcome);
    }
  });
});

describe('the lock in RTMR 2', () => {
  const either = { expected: 'either', clusterId: MINT_CLUSTER_ID } as const;
  const booted = new Uint8Array(48).fill(0x22);
  const setRtmr2 = (rtmr2: Uint8Array) => (guest.trustDomain = { rtmr2: new Uint8Array(rtmr2) });

  it('is undecided where nothing says what was booted', async () => {
    const policy = policyOf({ rtmr2: { mode: 'enforce', values: 'any' } });
    const appraisal = await appraiseGuest(guest, { policy, lock: either });
    expect(appraisal).toMatchObject({
      lock: 'unknown',
      result: { outcome: 'undecided', findings: [{ code: 'lock-unknown', claim: 'tdx.lock' }] },
    });
    for (const right of ['boot-secrets', 'member'] as const) {
      expect(authorise(appraisal, { right })).toEqual({ granted: false, code: 'evidence-undecided' });
    }
  });

  it('is read against each value that may have been booted', async () => {
    const [old] = wanting(9).values as readonly { digest: string; comment: string }[];
    const [now] = wanting(0x22).values as readonly { digest: string; comment: string }[];
    if (old === undefined || now === undefined) throw new Error('no reference values');
    const policy = policyOf({ rtmr2: { mode: 'enforce', values: [old, now] } });
    expect((await appraiseGuest(guest, { policy, lock: either })).lock).toBe('open');
    setRtmr2(await lockedRtmr2(booted, MINT_CLUSTER_ID));
    expect((await appraiseGuest(guest, { policy, lock: either })).lock).toBe('locked');
    guest.trustDomain = {};
  });

  it('hides no measurement: a locked machine that booted something else is refused', async () => {
    setRtmr2(await lockedRtmr2(booted, MINT_CLUSTER_ID));
    const locked = await appraiseGuest(guest, { policy: policyOf(), lock: either });
    expect(locked).toMatchObject({ lock: 'locked', result: { outcome: 'accepted' } });
    const wanted = await findingsOf(guest, { policy: policyOf({ rtmr2: wanting(9) }), lock: either });
    expect(wanted).toEqual(['measurement-mismatch tdx.rtmr2', 'lock-foreign tdx.lock']);
    setRtmr2(await lockedRtmr2(await lockedRtmr2(booted, MINT_CLUSTER_ID), MINT_CLUSTER_ID));
    expect((await appraiseGuest(guest, { policy: policyOf(), lock: either })).lock).toBe('foreign');
    guest.trustDomain = {};
  });

  it('starts where the log leads, which replays to the other registers', async () => {
    const event = (pcr: number, byte: number) => ({
      pcr,
      type: EVENT_TYPE.EV_IPL,
      digests: new Map([['sha384' as const, new Uint8Array(48).fill(byte)]]),
      data: new Uint8Array([byte]),
    });
    guest.eventLog = encodeEventLog(['sha384'], [event(1, 1), event(2, 2), event(3, 3)]);
    const zeros = new Uint8Array(48);
    const [rtmr0, rtmr1, rtmr2] = await Promise.all(
      [1, 2, 3].map((byte) => extendRtmr(zeros, new Uint8Array(48).fill(byte))),
    );
    if (rtmr0 === undefined || rtmr1 === undefined || rtmr2 === undefined) throw new Error('no registers');
    const any = { mode: 'enforce', values: 'any' } as const;
    const policy = policyOf({ rtmr0: any, rtmr1: any, rtmr2: any, eventLog: 'required' });
    for (const [register, state] of [
      [rtmr2, 'open'],
      [await lockedRtmr2(rtmr2, MINT_CLUSTER_ID), 'locked'],
      [zeros, 'foreign'],
    ] as const) {
      guest.trustDomain = { rtmr0, rtmr1, rtmr2: register };
      expect((await appraiseGuest(guest, { policy, lock: either })).lock).toBe(state);
    }
    guest.trustDomain = { rtmr0, rtmr1: zeros, rtmr2 };
    await expect(verifyGuest(guest)).rejects.toMatchObject({ code: 'event-log-mismatch' });
    guest.trustDomain = {};
    guest.eventLog = null;
  });
});
