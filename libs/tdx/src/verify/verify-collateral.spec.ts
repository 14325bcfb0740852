import type { Bytes } from '@asterism/bytes';
import {
  commonName,
  keyUsage,
  mintKey,
  mintTdx,
  mintTdxMachine,
  mintTdxPki,
  tdxOutcome,
  type MintedTdxMachine,
  type TdxCollateralOptions,
} from '@asterism/testkit';
import { derNull, EXTENSION } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { TdxUndecidedError, verifyTdxQuote, type TdxCollateral, type TdxCollateralPart } from '../index.ts';

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

  it('S15 tells what is stale before what is missing', async () => {
    const old = await machine.collateral({ nextUpdate: new Date(machine.at.getTime() - 1000) });
    expect(await undecided({ qeIdentity: old.qeIdentity })).toEqual([
      'collateral-expired',
      ['root-crl', 'pck-crl', 'tcb-info', 'qe-identity'],
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

  it('S15 is as old as its oldest part, and good until the first goes out of date', async () => {
    const fresh = await machine.collateral();
    const odd = { issueDate: new Date('2026-05-10T00:00:00Z'), nextUpdate: new Date('2026-06-15T00:00:00Z') };
    const other = await machine.collateral(odd);
    for (const name of ['rootCaCrl', 'pckCrl', 'tcbInfo', 'qeIdentity'] as const) {
      const { facts } = await verify({ ...fresh, [name]: other[name] });
      expect([name, facts.collateralIssued, facts.collateralUntil]).toEqual([
        name,
        odd.issueDate,
        odd.nextUpdate,
      ]);
    }
  });

  it('S15 is current from the very moment that it was issued', async () => {
    const now = await machine.collateral({ issueDate: machine.at });
    expect(await tdxOutcome(verify(now))).toBe('genuine');
    const [code] = await undecided(now, new Date(machine.at.getTime() - 1));
    expect(code).toBe('collateral-not-yet-valid');
  });

  it('takes whichever certificate of the signer is valid, where Intel has issued several for his key', async () => {
    const { root, tcbSigner, issue } = machine.pki;
    const order = {
      subject: tcbSigner.certificate.subject.der,
      key: tcbSigner.key,
      issuer: root.certificate.subject.der,
      signer: root.key,
      serial: 40,
      extensions: [keyUsage(0)],
    };
    const { certificate: stale } = await issue(order, () => ({ notAfter: new Date('2026-05-25T00:00:00Z') }));
    const fresh = await machine.collateral();
    const valid = tcbSigner.certificate;
    for (const issuers of [
      [valid, stale, root.certificate],
      [stale, valid, root.certificate],
    ]) {
      const tcbInfo = fresh.tcbInfo?.withIssuers(issuers);
      expect(await tdxOutcome(verify({ ...fresh, tcbInfo }))).toBe('genuine');
    }
    const tcbInfo = fresh.tcbInfo?.withIssuers([stale, root.certificate]);
    expect(await undecided({ ...fresh, tcbInfo })).toEqual(['collateral-expired', ['tcb-info']]);
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
