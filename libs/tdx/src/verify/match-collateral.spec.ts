import {
  mintTdx,
  mintTdxMachine,
  tdxOutcome,
  teeTcbSvn,
  verifyTdxCase,
  type MintedTdxMachine,
  type QeIdentityJson,
  type TcbInfoJson,
  type TdxCase,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyTdxQuote } from '../index.ts';

let machine: MintedTdxMachine;
beforeAll(async () => {
  machine = await mintTdx();
});

describe('documents of the platform', () => {
  it('finds the identity of a module by its version in any case', async () => {
    const tcbInfo = ({ tdxModuleIdentities: [identity] }: TcbInfoJson) =>
      identity && (identity.id = 'tdx_0A');
    const { facts } = await verifyTdxCase(machine, {
      tcbInfo,
      quote: { report: { teeTcbSvn: teeTcbSvn(8, 10) } },
    });
    expect(facts.moduleId).toBe('tdx_0A');
  });

  const other = new Uint8Array(48).fill(1);
  it.each<readonly [code: string, what: string, order: TdxCase]>([
    ['tcb-info-mismatch', 'FMSPC', { tcbInfo: (info) => (info.fmspc = '000000000000') }],
    ['tcb-info-mismatch', 'PCE ID', { tcbInfo: (info) => (info.pceId = '0001') }],
    ['module-mismatch', 'version without an identity', { quote: { report: { teeTcbSvn: teeTcbSvn(8, 2) } } }],
    [
      'module-mismatch',
      'no identities',
      { tcbInfo: (info) => Reflect.deleteProperty(info, 'tdxModuleIdentities') },
    ],
    ['module-mismatch', 'signer', { quote: { report: { mrSignerSeam: other } } }],
    [
      'module-mismatch',
      'signer, of version 0',
      { quote: { report: { mrSignerSeam: other, teeTcbSvn: teeTcbSvn(8, 0) } } },
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
    expect(await tdxOutcome(verifyTdxCase(machine, order))).toBe(code);
  });

  it('reads miscSelect as a number, and masks it', async () => {
    const qeReport = { miscSelect: Uint8Array.of(1, 0, 0, 0xf0) };
    const qeIdentity = (identity: QeIdentityJson) =>
      Object.assign(identity, { miscselect: '00000001', miscselectMask: '00FFFFFF' });
    expect(await tdxOutcome(verifyTdxCase(machine, { quote: { qeReport }, qeIdentity }))).toBe('genuine');
  });

  it('S12 refuses the TCB info of another platform that Intel signed', async () => {
    const fmspc = Uint8Array.of(0x90, 0xc0, 0x6f, 0, 0, 0);
    const { collateral } = await mintTdxMachine(machine.pki, { fields: { fmspc } });
    const { anchors, at } = machine;
    const request = { quote: await machine.quote(), anchors, at, collateral: await collateral() };
    expect(await tdxOutcome(verifyTdxQuote(request))).toBe('tcb-info-mismatch');
  });
});
