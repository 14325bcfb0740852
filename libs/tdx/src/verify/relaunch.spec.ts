import {
  MINT_TDX15,
  mintTdx,
  teeTcbSvn,
  verifyTdxCase,
  type MintedTdxMachine,
  type TcbInfoJson,
  type TdxCase,
  type TdxQuoteOptions,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTdxQuote, toTdxClaims } from '../index.ts';

let machine: MintedTdxMachine;
beforeAll(async () => {
  machine = await mintTdx();
});

const outOfDate = ({ tcbLevels: [level] }: TcbInfoJson) => {
  Object.assign(level ?? {}, { tcbStatus: 'OutOfDate' });
};

describe('relaunch', () => {
  const old15 = (running: Uint8Array, started = teeTcbSvn(2, 1)): TdxQuoteOptions => ({
    report: { teeTcbSvn: started, tdx15: { ...MINT_TDX15, teeTcbSvn2: new Uint8Array(running) } },
  });

  it.each<readonly [what: string, advised: boolean, order: TdxCase]>([
    ['the machine runs a new module', true, { quote: old15(teeTcbSvn(8, 1)) }],
    ['the machine runs the old module', false, { quote: old15(teeTcbSvn(2, 1)) }],
    ['the machine runs an old loader', false, { quote: old15(teeTcbSvn(8, 1, 7)) }],
    ['the machine runs an unknown module', false, { quote: old15(teeTcbSvn(8, 9)) }],
    ['the machine runs a new module of version 0', true, { quote: old15(teeTcbSvn(8, 0)) }],
    ['the enclave is old too', false, { quote: { ...old15(teeTcbSvn(8, 1)), qeReport: { isvSvn: 1 } } }],
    ['the platform is out of date too', false, { quote: old15(teeTcbSvn(8, 1)), tcbInfo: outOfDate }],
    ['the module is not old', false, { quote: old15(teeTcbSvn(8, 1), teeTcbSvn(8, 1)), tcbInfo: outOfDate }],
    [
      'the level that the TD reaches is revoked',
      false,
      {
        quote: old15(teeTcbSvn(8, 1, 9)),
        tcbInfo: ({ tcbLevels: [level, next] }) => {
          Object.assign(level?.tcb.tdxtcbcomponents[2] ?? {}, { svn: 9 });
          Object.assign(next ?? {}, { tcbStatus: 'Revoked' });
        },
      },
    ],
    ['the old module has no identity', false, { quote: old15(teeTcbSvn(8, 0), teeTcbSvn(2, 0)) }],
    [
      'the platform needs configuration besides',
      true,
      {
        quote: old15(teeTcbSvn(8, 1)),
        tcbInfo: ({ tcbLevels: [level] }) => Object.assign(level ?? {}, { tcbStatus: 'ConfigurationNeeded' }),
      },
    ],
    ['the report is of TDX 1.0', false, { quote: { report: { teeTcbSvn: teeTcbSvn(2, 1) } } }],
  ])('S14 is refused as out of date all the same: %s', async (_what, advised, order) => {
    await expect(verifyTdxCase(machine, order)).rejects.toThrow(
      advised ? /OutOfDate.*start the TD anew/ : /never accepted$/,
    );
    const collateral = await machine.collateral({
      tcbInfo: (info) => {
        order.tcbInfo?.(info);
        return info;
      },
    });
    const claims = toTdxClaims(parseTdxQuote(await machine.quote(new Uint8Array(), order.quote)), collateral);
    expect(claims['relaunchAdvised']).toBe(advised);
  });
});
