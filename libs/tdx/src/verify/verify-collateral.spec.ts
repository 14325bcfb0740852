import type { Bytes } from '@asterism/bytes';
import {
  commonName,
  keyUsage,
  mintKey,
  mintTdx,
  mintTdxMachine,
  mintTdxPki,
  tdxOutcome,
  withoutExtension,
  type MintedTdxMachine,
  type TdxCollateralOptions,
  type TdxPkiOptions,
} from '@asterism/testkit';
import { derNull, EXTENSION } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  collateralFromPcs,
  parseTdxCollateral,
  TdxUndecidedError,
  verifyDocument,
  verifyTdxQuote,
  type TdxCollateral,
  type TdxCollateralPart,
} from '../index.ts';

let machine: MintedTdxMachine;
let quote: Bytes;
beforeAll(async () => {
  machine = await mintTdx();
  quote = await machine.quote();
});

const verify = (collateral: TdxCollateral | undefined, at = machine.at) =>
  verifyTdxQuote({ quote, anchors: machine.anchors, at, collateral });
const outcomeWith = async (options: TdxCollateralOptions): Promise<string> =>
  tdxOutcome(verify(await machine.collateral(options)));

async function undecided(
  collateral: TdxCollateral | undefined,
  at?: Date,
): Promise<readonly [string, readonly TdxCollateralPart[]]> {
  const error: unknown = await verify(collateral, at).catch((cause: unknown) => cause);
  if (!(error instanceof TdxUndecidedError)) throw new Error('it was decided', { cause: error });
  return [error.code, error.missing];
}

const BEFORE = new Date('2026-05-25T00:00:00Z');
const AFTER = new Date('2026-06-10T00:00:00Z');
const lastBitFlipped = (genuine: Bytes): Bytes =>
  genuine.map((byte, i) => (i === genuine.length - 1 ? byte ^ 1 : byte));

describe('revocation lists', () => {
  it.each<readonly [code: string, what: string, options: TdxCollateralOptions]>([
    ['pck-chain: revoked', 'the PCK', { pckCrl: { revoked: [1000] } }],
    ['pck-chain: revoked', 'the PCK CA', { rootCrl: { revoked: [2] } }],
    ['collateral-signer: revoked', 'the TCB signer', { rootCrl: { revoked: [4] } }],
    ['pck-crl: crl-signature-invalid', 'a forged PCK list', { pckCrl: { signature: lastBitFlipped } }],
    ['root-crl: crl-signature-invalid', 'a forged root list', { rootCrl: { signature: lastBitFlipped } }],
    ['pck-crl-issuer: crl-issuer-mismatch', 'the list of the other CA', { pckCrlOf: 'processor' }],
    [
      'root-crl-issuer: crl-issuer-mismatch',
      "a list of the root's of another name",
      { rootCrl: { issuerName: commonName('Intel SGX Root') } },
    ],
    [
      'pck-crl: crl-scope-unsupported',
      'a partial list',
      {
        pckCrl: {
          extensions: [{ oid: EXTENSION.issuingDistributionPoint, critical: true, value: derNull() }],
        },
      },
    ],
  ])('S11 %s: %s', async (code, _what, options) => {
    expect(await outcomeWith(options)).toBe(code);
  });

  it('S11 refuses a list by a key of the same name', async () => {
    const signer = await mintKey();
    expect(await outcomeWith({ pckCrl: { signer } })).toBe('pck-crl: crl-signature-invalid');
    const { pckCrl } = await (await mintTdxMachine(await mintTdxPki())).collateral();
    expect(await tdxOutcome(verify({ ...(await machine.collateral()), pckCrl }))).toBe(
      'pck-crl-issuer: key-identifier-mismatch',
    );
  });

  it('S11 uses the list that is there where the other is missing', async () => {
    const { pckCrl } = await machine.collateral({ pckCrl: { revoked: [1000] } });
    expect(await tdxOutcome(verify({ pckCrl }))).toBe('pck-chain: revoked');
    const { rootCaCrl } = await machine.collateral({ rootCrl: { revoked: [2] } });
    expect(await tdxOutcome(verify({ rootCaCrl }))).toBe('pck-chain: revoked');
  });

  it('S11 needs a list of the root that vouches for the signer, also where two are trusted', async () => {
    const other = await mintTdxMachine(await mintTdxPki());
    const { tcbInfo } = await other.collateral();
    const request = { quote, at: machine.at, collateral: { ...(await machine.collateral()), tcbInfo } };
    const anchors = [...machine.anchors, ...other.anchors];
    await expect(verifyTdxQuote({ ...request, anchors })).rejects.toMatchObject({
      code: 'collateral-missing',
      missing: ['root-crl'],
    });
  });
});

describe('collateral that is new', () => {
  const revoked = <Json extends { tcbLevels: { tcbStatus: string }[] }>(json: Json): Json => ({
    ...json,
    tcbLevels: json.tcbLevels.map((level) => ({ ...level, tcbStatus: 'Revoked' })),
  });

  it.each<readonly [name: keyof TdxCollateral, options: TdxCollateralOptions, code: string]>([
    ['pckCrl', { pckCrl: { revoked: [1000] } }, 'pck-chain: revoked'],
    ['rootCaCrl', { rootCrl: { revoked: [2] } }, 'pck-chain: revoked'],
    ['tcbInfo', { tcbInfo: revoked }, 'tcb-status'],
    ['qeIdentity', { qeIdentity: revoked }, 'tcb-status'],
  ])('S15 is proved where another held before: %s', async (name, options, code) => {
    const collateral = await machine.collateral();
    expect(await tdxOutcome(verify(collateral))).toBe('genuine');
    const { [name]: part } = await machine.collateral(options);
    expect(await tdxOutcome(verify({ ...collateral, [name]: part }))).toBe(code);
  });
});

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

describe('collateral that is missing or stale', () => {
  it.each<readonly [part: TdxCollateralPart, name: keyof TdxCollateral]>([
    ['root-crl', 'rootCaCrl'],
    ['pck-crl', 'pckCrl'],
    ['tcb-info', 'tcbInfo'],
    ['qe-identity', 'qeIdentity'],
  ])('S15 is undecided without, or with a stale, %s', async (part, name) => {
    const fresh = await machine.collateral();
    const old = await machine.collateral({ nextUpdate: machine.at });
    const early = await machine.collateral({ issueDate: AFTER });
    expect(await undecided({ ...fresh, [name]: undefined })).toEqual(['collateral-missing', [part]]);
    expect(await undecided({ ...fresh, [name]: old[name] })).toEqual(['collateral-expired', [part]]);
    expect(await undecided({ ...fresh, [name]: early[name] })).toEqual(['collateral-not-yet-valid', [part]]);
  });

  it('S15 names all that is missing', async () => {
    const all = ['root-crl', 'pck-crl', 'tcb-info', 'qe-identity'];
    expect(await undecided(undefined)).toEqual(['collateral-missing', all]);
    const { tcbInfo, qeIdentity } = await machine.collateral();
    expect(await undecided({ tcbInfo, qeIdentity: qeIdentity?.withIssuers([]) })).toEqual([
      'collateral-missing',
      ['root-crl', 'pck-crl', 'qe-identity'],
    ]);
  });

  it('S15 looks at the dates of collateral that held before', async () => {
    const collateral = await machine.collateral();
    expect(await tdxOutcome(verify(collateral))).toBe('genuine');
    expect(await tdxOutcome(verify(collateral, new Date('2026-06-19T23:59:59Z')))).toBe('genuine');
    const parts = ['root-crl', 'pck-crl', 'tcb-info', 'qe-identity'];
    const late = await undecided(collateral, new Date('2026-06-20T00:00:00Z'));
    expect(late).toEqual(['collateral-expired', parts]);
    const early = await undecided(collateral, new Date('2026-05-19T23:59:59Z'));
    expect(early).toEqual(['collateral-not-yet-valid', parts]);
  });

  it('S15 looks at the dates of a signer that held before', async () => {
    const tcbSigner = () => ({ notAfter: AFTER });
    const { quote, anchors, at, collateral } = await mintTdxMachine(await mintTdxPki({ tcbSigner }));
    const request = { quote: await quote(), anchors, collateral: await collateral() };
    expect(await tdxOutcome(verifyTdxQuote({ ...request, at }))).toBe('genuine');
    expect(await tdxOutcome(verifyTdxQuote({ ...request, at: new Date(AFTER.getTime() + 999) }))).toBe(
      'genuine',
    );
    const late = new Date(AFTER.getTime() + 1000);
    expect(await tdxOutcome(verifyTdxQuote({ ...request, at: late }))).toBe('collateral-expired');
  });

  it('tells what speaks against the quote before what is missing', async () => {
    const forged = await machine.collateral({ signer: machine.pki.pckCas.platform });
    expect(await tdxOutcome(verify({ qeIdentity: forged.qeIdentity }))).toBe('collateral-signer');
  });
});
