import {
  mintTdx,
  teeTcbSvn,
  verifyTdxCase,
  type MintedTdxMachine,
  type TcbInfoJson,
  type TdxCase,
  type TdxQuoteOptions,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { TdxRefusedError, type TcbStatus } from '../index.ts';

let machine: MintedTdxMachine;
beforeAll(async () => {
  machine = await mintTdx();
});

/** Status and advisories, whether the quote was refused for them or not. */
async function judged(order: TdxCase): Promise<unknown> {
  try {
    const { tcbStatus, advisoryIds } = await verifyTdxCase(machine, order);
    return { tcbStatus, advisoryIds, refused: false };
  } catch (error) {
    if (!(error instanceof TdxRefusedError) || error.code !== 'tcb-status') throw error;
    return { ...(error.got as object), refused: true };
  }
}

const NEVER = { refused: true };
const platform = (status: TcbStatus, advisoryIDs?: string[]) => (info: TcbInfoJson) => {
  const [level] = info.tcbLevels;
  if (level !== undefined) Object.assign(level, { tcbStatus: status, advisoryIDs });
};
const oldModule: TdxQuoteOptions = { report: { teeTcbSvn: teeTcbSvn(2, 1) } };
const oldQe: TdxQuoteOptions = { qeReport: { isvSvn: 1 } };

describe('TCB status of the platform', () => {
  it.each<readonly [status: TcbStatus, refused: boolean]>([
    ['UpToDate', false],
    ['SWHardeningNeeded', false],
    ['ConfigurationNeeded', false],
    ['ConfigurationAndSWHardeningNeeded', false],
    ['OutOfDate', true],
    ['OutOfDateConfigurationNeeded', true],
    ['Revoked', true],
  ])('S14 %s: refused whatever a policy says? %s', async (tcbStatus, refused) => {
    const advisoryIds = ['INTEL-SA-00289', 'INTEL-SA-00615'];
    expect(await judged({ tcbInfo: platform(tcbStatus, advisoryIds.toReversed()) })).toEqual({
      tcbStatus,
      advisoryIds,
      refused,
    });
  });

  const lowered: readonly (readonly [
    what: string,
    change: (level: TcbInfoJson['tcbLevels'][number]['tcb']) => void,
  ])[] = [
    ...Array.from(
      { length: 16 },
      (_, i) =>
        [
          `SGX component ${i}`,
          ({ sgxtcbcomponents: list }: { sgxtcbcomponents: { svn: number }[] }) => raise(list, i),
        ] as const,
    ),
    // Components 0 and 1 are judged by the module's identity.
    ...Array.from(
      { length: 14 },
      (_, i) =>
        [
          `TDX component ${i + 2}`,
          ({ tdxtcbcomponents: list }: { tdxtcbcomponents: { svn: number }[] }) => raise(list, i + 2),
        ] as const,
    ),
    ['PCE', (level) => (level.pcesvn += 1)],
  ];
  const raise = (list: { svn: number }[], i: number) => {
    const component = list[i];
    if (component !== undefined) component.svn += 1;
  };

  it.each(lowered)('S14 a %s below the level leads to the next', async (_what, change) => {
    const tcbInfo = ({ tcbLevels: [level] }: TcbInfoJson) => level && change(level.tcb);
    expect(await judged({ tcbInfo })).toEqual({
      tcbStatus: 'OutOfDate',
      advisoryIds: ['INTEL-SA-00001'],
      ...NEVER,
    });
  });

  it('takes the first level that is reached', async () => {
    const tcbInfo = (info: TcbInfoJson) => info.tcbLevels.reverse();
    expect(await judged({ tcbInfo })).toMatchObject({ tcbStatus: 'OutOfDate' });
  });

  it.each<readonly [what: string, order: TdxCase]>([
    [
      'platform',
      { tcbInfo: (info) => info.tcbLevels.splice(1), quote: { report: { teeTcbSvn: teeTcbSvn(8, 1, 7) } } },
    ],
    ['platform, of no levels', { tcbInfo: (info) => (info.tcbLevels = []) }],
    ['module', { quote: { report: { teeTcbSvn: teeTcbSvn(1, 1) } } }],
    ['quoting enclave', { quote: { qeReport: { isvSvn: 0 } } }],
  ])('S14 refuses where no level is reached: %s', async (_what, order) => {
    expect(await judged(order)).toMatchObject({ tcbStatus: 'NoMatchingTcbLevel', ...NEVER });
  });
});

describe('TDX module and quoting enclave', () => {
  const revoked = (list: { tcbStatus: string }[] | undefined) =>
    list?.forEach((level) => (level.tcbStatus = 'Revoked'));
  const revokedModule = (info: TcbInfoJson) => revoked(info.tdxModuleIdentities[0]?.tcbLevels);

  it.each<readonly [what: string, order: TdxCase, want: object]>([
    [
      'old module',
      { quote: oldModule },
      { tcbStatus: 'OutOfDate', advisoryIds: ['INTEL-SA-00002'], ...NEVER },
    ],
    [
      'old quoting enclave',
      { quote: oldQe },
      { tcbStatus: 'OutOfDate', advisoryIds: ['INTEL-SA-00003'], ...NEVER },
    ],
    [
      'both, and a platform that needs configuration',
      {
        quote: { ...oldModule, ...oldQe },
        tcbInfo: platform('ConfigurationNeeded', ['INTEL-SA-00003', 'INTEL-SA-00004']),
      },
      {
        tcbStatus: 'OutOfDateConfigurationNeeded',
        advisoryIds: ['INTEL-SA-00002', 'INTEL-SA-00003', 'INTEL-SA-00004'],
        ...NEVER,
      },
    ],
    [
      'old module, and a platform that needs hardening',
      { quote: oldModule, tcbInfo: platform('SWHardeningNeeded') },
      { tcbStatus: 'OutOfDate', ...NEVER },
    ],
    [
      'old enclave, and a revoked platform',
      { quote: oldQe, tcbInfo: platform('Revoked') },
      { tcbStatus: 'Revoked', ...NEVER },
    ],
    ['revoked module', { tcbInfo: revokedModule }, { tcbStatus: 'Revoked', ...NEVER }],
    [
      'revoked enclave',
      { qeIdentity: (identity) => revoked(identity.tcbLevels) },
      { tcbStatus: 'Revoked', ...NEVER },
    ],
  ])('S14 the worst counts: %s', async (_what, order, want) => {
    expect(await judged(order)).toMatchObject(want);
  });

  it('compares components 0 and 1 of a module without an identity', async () => {
    const report = { teeTcbSvn: teeTcbSvn(8, 0) };
    const { facts } = await verifyTdxCase(machine, { quote: { report } });
    expect([facts.moduleId, facts.module]).toEqual([undefined, undefined]);
    expect(await judged({ quote: { report: { teeTcbSvn: teeTcbSvn(7, 0) } } })).toMatchObject({
      tcbStatus: 'OutOfDate',
    });
  });
});
