import {
  MINT_TDX15,
  mintTdx,
  mintTdxMachine,
  tdxOutcome,
  type MintedTdxMachine,
  type QeIdentityJson,
  type TcbInfoJson,
  type TdxCollateralOptions,
  type TdxQuoteOptions,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  parseTdxQuote,
  TdxRefusedError,
  toTdxClaims,
  verifyTdxQuote,
  type TcbStatus,
  type VerifiedTdxQuote,
} from '../index.ts';

let machine: MintedTdxMachine;
beforeAll(async () => {
  machine = await mintTdx();
});

interface Case {
  readonly quote?: TdxQuoteOptions;
  readonly tcbInfo?: (info: TcbInfoJson) => void;
  readonly qeIdentity?: (identity: QeIdentityJson) => void;
}

const changed =
  <Json>(change: ((json: Json) => void) | undefined) =>
  (json: Json): Json => {
    change?.(json);
    return json;
  };

async function verify({ quote, tcbInfo, qeIdentity }: Case): Promise<VerifiedTdxQuote> {
  const options: TdxCollateralOptions = { tcbInfo: changed(tcbInfo), qeIdentity: changed(qeIdentity) };
  const { anchors, at } = machine;
  const collateral = await machine.collateral(options);
  return verifyTdxQuote({ quote: await machine.quote(new Uint8Array(), quote), anchors, at, collateral });
}

/** Status and advisories, whether the quote was refused for them or not. */
async function judged(order: Case): Promise<unknown> {
  try {
    const { tcbStatus, advisoryIds } = await verify(order);
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
const tee = (svn: number, version: number, loader = 8) =>
  Uint8Array.of(svn, version, loader, ...new Uint8Array(13));
const oldModule: TdxQuoteOptions = { report: { teeTcbSvn: tee(2, 1) } };
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

  it.each<readonly [what: string, order: Case]>([
    [
      'platform',
      { tcbInfo: (info) => info.tcbLevels.splice(1), quote: { report: { teeTcbSvn: tee(8, 1, 7) } } },
    ],
    ['platform, of no levels', { tcbInfo: (info) => (info.tcbLevels = []) }],
    ['module', { quote: { report: { teeTcbSvn: tee(1, 1) } } }],
    ['quoting enclave', { quote: { qeReport: { isvSvn: 0 } } }],
  ])('S14 refuses where no level is reached: %s', async (_what, order) => {
    expect(await judged(order)).toMatchObject({ tcbStatus: 'NoMatchingTcbLevel', ...NEVER });
  });
});

describe('TDX module and quoting enclave', () => {
  const revoked = (list: { tcbStatus: string }[] | undefined) =>
    list?.forEach((level) => (level.tcbStatus = 'Revoked'));
  const revokedModule = (info: TcbInfoJson) => revoked(info.tdxModuleIdentities[0]?.tcbLevels);

  it.each<readonly [what: string, order: Case, want: object]>([
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
    const report = { teeTcbSvn: tee(8, 0) };
    const { facts } = await verify({ quote: { report } });
    expect([facts.moduleId, facts.module]).toEqual([undefined, undefined]);
    expect(await judged({ quote: { report: { teeTcbSvn: tee(7, 0) } } })).toMatchObject({
      tcbStatus: 'OutOfDate',
    });
  });

  it('finds the identity of a module by its version in any case', async () => {
    const tcbInfo = ({ tdxModuleIdentities: [identity] }: TcbInfoJson) =>
      identity && (identity.id = 'tdx_0A');
    const { facts } = await verify({ tcbInfo, quote: { report: { teeTcbSvn: tee(8, 10) } } });
    expect(facts.moduleId).toBe('tdx_0A');
  });

  const other = new Uint8Array(48).fill(1);
  it.each<readonly [code: string, what: string, order: Case]>([
    ['tcb-info-mismatch', 'FMSPC', { tcbInfo: (info) => (info.fmspc = '000000000000') }],
    ['tcb-info-mismatch', 'PCE ID', { tcbInfo: (info) => (info.pceId = '0001') }],
    ['module-mismatch', 'version without an identity', { quote: { report: { teeTcbSvn: tee(8, 2) } } }],
    [
      'module-mismatch',
      'no identities',
      { tcbInfo: (info) => Reflect.deleteProperty(info, 'tdxModuleIdentities') },
    ],
    ['module-mismatch', 'signer', { quote: { report: { mrSignerSeam: other } } }],
    [
      'module-mismatch',
      'signer, of version 0',
      { quote: { report: { mrSignerSeam: other, teeTcbSvn: tee(8, 0) } } },
    ],
    [
      'module-mismatch',
      "attributes, though the identity's mask hides them",
      {
        quote: { report: { seamAttributes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) } },
        tcbInfo: ({ tdxModuleIdentities: [identity] }) =>
          identity && (identity.attributesMask = '00'.repeat(8)),
      },
    ],
    [
      'module-mismatch',
      'attributes that the identity asks for',
      {
        tcbInfo: ({ tdxModuleIdentities: [identity] }) =>
          identity && (identity.attributes = '0100000000000000'),
      },
    ],
    ['qe-identity-mismatch', 'signer', { quote: { qeReport: { mrSigner: new Uint8Array(32) } } }],
    ['qe-identity-mismatch', 'product', { quote: { qeReport: { isvProdId: 1 } } }],
    [
      'qe-identity-mismatch',
      'miscSelect',
      { quote: { qeReport: { miscSelect: Uint8Array.of(0, 0, 0, 1) } } },
    ],
    [
      'qe-identity-mismatch',
      'debug attribute',
      { quote: { qeReport: { attributes: Uint8Array.of(0x17, ...new Uint8Array(15)) } } },
    ],
  ])('S12 %s: %s', async (code, _what, order) => {
    expect(await tdxOutcome(verify(order))).toBe(code);
  });

  it('reads miscSelect as a number, and masks it', async () => {
    const qeReport = { miscSelect: Uint8Array.of(1, 0, 0, 0xf0) };
    const qeIdentity = (identity: QeIdentityJson) =>
      Object.assign(identity, { miscselect: '00000001', miscselectMask: '00FFFFFF' });
    expect(await tdxOutcome(verify({ quote: { qeReport }, qeIdentity }))).toBe('genuine');
  });

  it('S12 refuses the TCB info of another platform that Intel signed', async () => {
    const fmspc = Uint8Array.of(0x90, 0xc0, 0x6f, 0, 0, 0);
    const { collateral } = await mintTdxMachine(machine.pki, { fields: { fmspc } });
    const { anchors, at } = machine;
    const request = { quote: await machine.quote(), anchors, at, collateral: await collateral() };
    expect(await tdxOutcome(verifyTdxQuote(request))).toBe('tcb-info-mismatch');
  });
});

describe('relaunch', () => {
  const old15 = (teeTcbSvn2: Uint8Array, teeTcbSvn = tee(2, 1)): TdxQuoteOptions => ({
    report: { teeTcbSvn, tdx15: { ...MINT_TDX15, teeTcbSvn2: new Uint8Array(teeTcbSvn2) } },
  });

  it.each<readonly [what: string, advised: boolean, order: Case]>([
    ['the machine runs a new module', true, { quote: old15(tee(8, 1)) }],
    ['the machine runs the old module', false, { quote: old15(tee(2, 1)) }],
    ['the machine runs an old loader', false, { quote: old15(tee(8, 1, 7)) }],
    ['the machine runs an unknown module', false, { quote: old15(tee(8, 9)) }],
    ['the machine runs a new module of version 0', true, { quote: old15(tee(8, 0)) }],
    ['the enclave is old too', false, { quote: { ...old15(tee(8, 1)), ...oldQe } }],
    ['the platform is out of date too', false, { quote: old15(tee(8, 1)), tcbInfo: platform('OutOfDate') }],
    ['the module is not old', false, { quote: old15(tee(8, 1), tee(8, 1)), tcbInfo: platform('OutOfDate') }],
    [
      'the level that the TD reaches is revoked',
      false,
      {
        quote: old15(tee(8, 1, 9)),
        tcbInfo: ({ tcbLevels: [level, next] }) => {
          Object.assign(level?.tcb.tdxtcbcomponents[2] ?? {}, { svn: 9 });
          Object.assign(next ?? {}, { tcbStatus: 'Revoked' });
        },
      },
    ],
    ['the report is of TDX 1.0', false, { quote: oldModule }],
  ])('S14 is refused as out of date all the same: %s', async (_what, advised, order) => {
    await expect(verify(order)).rejects.toThrow(advised ? /OutOfDate.*start the TD anew/ : /never accepted$/);
    const collateral = await machine.collateral({ tcbInfo: changed(order.tcbInfo) });
    const claims = toTdxClaims(parseTdxQuote(await machine.quote(new Uint8Array(), order.quote)), collateral);
    expect(claims['relaunchAdvised']).toBe(advised);
  });
});
