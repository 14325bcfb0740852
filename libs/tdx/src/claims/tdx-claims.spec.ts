import { MINT_TDX15, mintTdx, mintTdxMachine, type MintedTdxMachine } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTdxQuote, toTdxClaims } from '../index.ts';

let machine: MintedTdxMachine;
beforeAll(async () => {
  machine = await mintTdx();
});

const JUDGED = ['tcbStatus', 'advisoryIDs', 'platform', 'module', 'qe', 'tcbEvaluationDataNumber'];
const namesOf = (claims: object) => JUDGED.filter((name) => name in claims);

describe('toTdxClaims', () => {
  it('says what there is no collateral for, and judges nothing', async () => {
    const claims = toTdxClaims(parseTdxQuote(await machine.quote()));
    expect(claims).toMatchObject({
      header: { version: 4, teeType: '0x81' },
      mrTd: '11'.repeat(48),
      trailingBytes: 0,
    });
    expect(claims['pck']).toMatchObject({ issuer: 'Intel SGX PCK Platform CA', sgxType: 1 });
    expect(claims).not.toHaveProperty('teeTcbSvn2');
    expect(claims['header']).not.toHaveProperty('bodyType');
    expect(namesOf(claims)).toEqual([]);
  });

  it('has more of v5 and TDX 1.5', async () => {
    const quote = parseTdxQuote(await machine.quote(new Uint8Array(), { report: { tdx15: MINT_TDX15 } }));
    expect(toTdxClaims(quote)).toMatchObject({
      header: { bodyType: 3, bodySize: 648 },
      mrServiceTd: '00'.repeat(48),
    });
    const old = parseTdxQuote(await machine.quote(new Uint8Array(), { version: 5 }));
    expect(toTdxClaims(old)).toMatchObject({ header: { version: 5, bodyType: 2, bodySize: 584 } });
  });

  it('judges the platform by complete collateral', async () => {
    const quote = parseTdxQuote(await machine.quote());
    const collateral = await machine.collateral();
    expect(namesOf(toTdxClaims(quote, collateral))).toEqual(JUDGED);
    expect(namesOf(toTdxClaims(quote, { tcbInfo: collateral.tcbInfo }))).toEqual([]);
    expect(namesOf(toTdxClaims(quote, { qeIdentity: collateral.qeIdentity }))).toEqual([]);
  });

  it('shows the rest where the collateral is of another platform or the chain cannot be read', async () => {
    const fmspc = new Uint8Array(6).fill(9);
    const other = await (await mintTdxMachine(machine.pki, { fields: { fmspc } })).collateral();
    const claims = toTdxClaims(parseTdxQuote(await machine.quote()), other);
    expect(claims['pck']).toMatchObject({ fmspc: '00806f050000' });
    expect(namesOf(claims)).toEqual([]);
    const spoil = () => ({ pckChain: new Uint8Array() });
    const unread = toTdxClaims(parseTdxQuote(await machine.quote(new Uint8Array(), { spoil })), other);
    expect(unread).toMatchObject({ mrTd: '11'.repeat(48) });
    expect(unread).not.toHaveProperty('pck');
  });

  it('says where no level is reached', async () => {
    const quote = parseTdxQuote(await machine.quote(new Uint8Array(), { qeReport: { isvSvn: 0 } }));
    const collateral = await machine.collateral({ tcbInfo: (info) => ({ ...info, tcbLevels: [] }) });
    expect(toTdxClaims(quote, collateral)).toMatchObject({
      tcbStatus: 'NoMatchingTcbLevel',
      platform: { status: 'NoMatchingTcbLevel', tcbDate: null, advisoryIDs: null },
      qe: { status: 'NoMatchingTcbLevel', advisoryIDs: null },
    });
  });
});
