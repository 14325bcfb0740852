import type { Bytes } from '@asterism/bytes';
import {
  commonName,
  keyUsage,
  mintTdx,
  mintTdxMachine,
  mintTdxPki,
  tdxOutcome,
  withoutExtension,
  type MintedTdxMachine,
  type TdxCollateralOptions,
  type TdxPkiOptions,
} from '@asterism/testkit';
import { EXTENSION } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  collateralFromPcs,
  parseTdxCollateral,
  verifyDocument,
  verifyTdxQuote,
  type TdxCollateral,
} from '../index.ts';

let machine: MintedTdxMachine;
let quote: Bytes;
beforeAll(async () => {
  machine = await mintTdx();
  quote = await machine.quote();
});

const verify = (collateral: TdxCollateral) =>
  verifyTdxQuote({ quote, anchors: machine.anchors, at: machine.at, collateral });
const outcomeWith = async (options: TdxCollateralOptions): Promise<string> =>
  tdxOutcome(verify(await machine.collateral(options)));

const BEFORE = new Date('2026-05-25T00:00:00Z');
const AFTER = new Date('2026-06-10T00:00:00Z');
const lastBitFlipped = (genuine: Bytes): Bytes =>
  genuine.map((byte, i) => (i === genuine.length - 1 ? byte ^ 1 : byte));

describe('signed documents', () => {
  it.each([
    ['tcb-info-signature', 'tcbInfo'],
    ['qe-identity-signature', 'qeIdentity'],
  ] as const)('S11 %s: a document that was changed', async (code, name) => {
    const answers = await machine.answers();
    const answer = answers[name];
    if (answer === undefined) throw new Error('no document');
    const body = answer.body.replace('OutOfDate', 'UpToDate');
    expect(await tdxOutcome(verify(collateralFromPcs({ ...answers, [name]: { ...answer, body } })))).toBe(
      code,
    );
  });

  it.each([
    ['tcb-info-signature', 'tcbInfo'],
    ['qe-identity-signature', 'qeIdentity'],
  ] as const)('S11 %s: a signature of a wrong length', async (code, name) => {
    const answers = await machine.answers();
    const collateral = await machine.collateral();
    const text = answers[name]?.body.replace(/^\{"\w+":/, '').replace(/,"signature.*/, '') ?? '';
    const snake = { tcbInfo: 'tcb_info', qeIdentity: 'qe_identity' }[name];
    const chain = decodeURIComponent(answers[name]?.issuerChain ?? '');
    const json = { [snake]: text, [`${snake}_signature`]: '00', [`${snake}_issuer_chain`]: chain };
    expect(await tdxOutcome(verify({ ...collateral, [name]: parseTdxCollateral(json)[name] }))).toBe(code);
  });

  const outcomeOfSigner = async (options: TdxPkiOptions): Promise<string> => {
    const { quote, anchors, at, collateral } = await mintTdxMachine(await mintTdxPki(options));
    return tdxOutcome(verifyTdxQuote({ quote: await quote(), anchors, at, collateral: await collateral() }));
  };

  it.each<readonly [code: string, what: string, options: TdxPkiOptions]>([
    [
      'collateral-signer',
      'another name',
      { tcbSigner: () => ({ subject: commonName('Intel SGX PCK Certificate') }) },
    ],
    ['collateral-signer', 'a P-384 key', { tcbSignerKey: 'ecdsa-p384' }],
    ['collateral-signer: key-usage', 'no usage', { tcbSigner: withoutExtension(EXTENSION.keyUsage) }],
    [
      'collateral-signer: signature-invalid',
      'a forged certificate',
      { tcbSigner: () => ({ signature: lastBitFlipped }) },
    ],
    ['collateral-expired', 'an expired certificate', { tcbSigner: () => ({ notAfter: BEFORE }) }],
    ['collateral-not-yet-valid', 'a certificate of tomorrow', { tcbSigner: () => ({ notBefore: AFTER }) }],
  ])('S11 %s: a signer with %s', async (code, _what, options) => {
    expect(await outcomeOfSigner(options)).toBe(code);
  });

  it("S11 refuses a document that a PCK CA's key signed, or another maker", async () => {
    expect(await outcomeWith({ signer: machine.pki.pckCas.platform })).toBe('collateral-signer');
    const { tcbSigner } = await mintTdxPki();
    expect(await outcomeWith({ signer: tcbSigner })).toBe('collateral-signer: key-identifier-mismatch');
    const { tcbInfo } = await (await mintTdxMachine(await mintTdxPki())).collateral();
    expect(await tdxOutcome(verify({ ...(await machine.collateral()), tcbInfo }))).toBe(
      'collateral-signer: anchor-unknown',
    );
  });

  it('takes the certificate that is current of several for one key', async () => {
    const { tcbSigner, root, issue } = machine.pki;
    const { subject } = tcbSigner.certificate;
    const order = {
      subject: subject.der,
      key: tcbSigner.key,
      serial: 5,
      signer: root.key,
      extensions: [keyUsage(0)],
    };
    const old = await issue({ ...order, issuer: root.certificate.subject.der }, () => ({ notAfter: BEFORE }));
    const collateral = await machine.collateral();
    const issuers = [old, tcbSigner, root].map(({ certificate }) => certificate);
    const tcbInfo = collateral.tcbInfo?.withIssuers(issuers);
    expect(await tdxOutcome(verify({ ...collateral, tcbInfo }))).toBe('genuine');
  });

  it('is proved without a list only where the caller says so', async () => {
    const { tcbInfo } = await machine.collateral();
    const { rootCaCrl } = await machine.collateral({ rootCrl: { revoked: [4] } });
    if (tcbInfo === undefined || rootCaCrl === undefined) throw new Error('no document');
    const { anchors, at } = machine;
    const prove = (list: typeof rootCaCrl | 'unchecked', when = at) =>
      tdxOutcome(verifyDocument('tcb-info', tcbInfo, { anchors, at: when, rootCaCrl: list }));
    expect(await prove('unchecked')).toBe('genuine');
    expect(await prove(rootCaCrl)).toBe('collateral-signer: revoked');
    expect(await prove(rootCaCrl, new Date('2026-06-20T00:00:00Z'))).toBe('collateral-expired');
  });
});
