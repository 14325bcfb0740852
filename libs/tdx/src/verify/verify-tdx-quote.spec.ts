import { concat, utf8, type Bytes } from '@asterism/bytes';
import {
  MINT_TDX15,
  mintKey,
  mintTdx,
  mintTdxMachine,
  mintTdxPki,
  pointOf,
  tdxOutcome,
  type MintedTdxMachine,
  type TdxQuoteOptions,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parseTdxQuote, VerifiedTdxQuote, verifyTdxQuote, type TdxCollateral } from '../index.ts';

let machine: MintedTdxMachine;
let collateral: TdxCollateral;
beforeAll(async () => {
  machine = await mintTdx();
  collateral = await machine.collateral();
});

const verify = (of: MintedTdxMachine, quote: Uint8Array, given: TdxCollateral = collateral) =>
  verifyTdxQuote({ quote, anchors: of.anchors, at: of.at, collateral: given });

const outcomeOfQuote = async (options: TdxQuoteOptions): Promise<string> =>
  tdxOutcome(verify(machine, await machine.quote(new Uint8Array(), options)));

describe('verifyTdxQuote', () => {
  it('makes a verified quote, and nobody else does', async () => {
    const verified = await verify(machine, await machine.quote(Uint8Array.of(7)));
    expect(VerifiedTdxQuote.isVerified(verified)).toBe(true);
    expect(VerifiedTdxQuote.isVerified({ ...verified })).toBe(false);
    for (const other of [null, undefined, 'quote']) expect(VerifiedTdxQuote.isVerified(other)).toBe(false);
    expect(Object.isFrozen(verified)).toBe(true);
    const Forged = VerifiedTdxQuote as unknown as new (...fields: unknown[]) => unknown;
    expect(() => new Forged(Symbol('forged'), verified.quote, verified.facts)).toThrow(TypeError);
  });

  it('says what the quote and the collateral say', async () => {
    const { report, facts, tcbStatus, advisoryIds } = await verify(
      machine,
      await machine.quote(Uint8Array.of(7)),
    );
    expect(report.reportData).toEqual(concat(Uint8Array.of(7), new Uint8Array(63)));
    expect({ tcbStatus, advisoryIds, moduleId: facts.moduleId }).toEqual({
      tcbStatus: 'UpToDate',
      advisoryIds: [],
      moduleId: 'TDX_01',
    });
    expect(facts.pck).toEqual(machine.fields);
    expect(facts.tcbEvaluationDataNumber).toBe(18);
    expect(facts.collateralIssued).toEqual(new Date('2026-05-20T00:00:00Z'));
    expect(facts.collateralUntil).toEqual(new Date('2026-06-20T00:00:00Z'));
    expect(facts.verifiedAt).toEqual(machine.at);
  });

  it('takes v5 with both bodies, and zeros behind the quote', async () => {
    for (const options of [
      { version: 5 },
      { report: { tdx15: MINT_TDX15 } },
      { trailing: new Uint8Array(70) },
      { trailing: utf8('none of it') },
    ] as const) {
      expect(await outcomeOfQuote(options)).toBe('genuine');
    }
  });

  it('proves a platform, its quoting enclave and collateral once: then a quote costs its own signature', async () => {
    await verify(machine, await machine.quote(Uint8Array.of(1)));
    const another = await machine.quote(Uint8Array.of(2));
    const verifies = vi.spyOn(crypto.subtle, 'verify');
    const imports = vi.spyOn(crypto.subtle, 'importKey');
    await verify(machine, another, { ...collateral });
    expect([verifies.mock.calls.length, imports.mock.calls.length]).toEqual([1, 0]);
    vi.restoreAllMocks();
  });
});

describe('signatures of the quote', () => {
  const flipped = (bytes: Uint8Array, at = 5): Bytes =>
    bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)) as Bytes;

  it.each<readonly [code: string, what: string, options: TdxQuoteOptions]>([
    [
      'quote-signature',
      'a register',
      { spoil: ({ report }) => ({ report: { ...report, rtmr2: flipped(report.rtmr2) } }) },
    ],
    ['quote-signature', 'the header', { spoil: ({ userData }) => ({ userData: flipped(userData) }) }],
    ['quote-signature', 'the signature', { spoil: ({ signature }) => ({ signature: flipped(signature) }) }],
    ['quote-signature', 'zeros for a signature', { spoil: () => ({ signature: new Uint8Array(64) }) }],
    [
      'qe-report-signature',
      'the QE report',
      { spoil: ({ qeReport }) => ({ qeReport: { ...qeReport, cpuSvn: flipped(qeReport.cpuSvn) } }) },
    ],
    [
      'qe-report-signature',
      'what is reserved in the QE report',
      { spoil: ({ qeReport }) => ({ qeReport: { ...qeReport, reserved2: flipped(qeReport.reserved2) } }) },
    ],
    [
      'qe-report-signature',
      'its signature',
      { spoil: ({ qeReportSignature }) => ({ qeReportSignature: flipped(qeReportSignature) }) },
    ],
    [
      'attestation-key-unbound',
      'the authentication data',
      { spoil: ({ qeAuthData }) => ({ qeAuthData: flipped(qeAuthData) }) },
    ],
    [
      'attestation-key-unbound',
      'the second half of the report data',
      { qeReport: { reportData: new Uint8Array(64) } },
    ],
    [
      'qe-report-reserved',
      'reserved bytes that the enclave signed',
      { qeReport: { reserved1: new Uint8Array(28).fill(1) } },
    ],
    [
      'qe-report-reserved',
      'reserved bytes that the enclave signed',
      { qeReport: { reserved4: new Uint8Array(60).fill(1) } },
    ],
  ])('S05 %s: %s', async (code, _what, options) => {
    // The enclave was met before.
    expect(await outcomeOfQuote({})).toBe('genuine');
    expect(await outcomeOfQuote(options)).toBe(code);
  });

  it('S05 attestation-key-invalid: a key off the curve that the enclave vouches for', async () => {
    const off = new Uint8Array(64).fill(1);
    expect(await outcomeOfQuote({ vouchedKey: off, spoil: () => ({ attestationKey: off }) })).toBe(
      'attestation-key-invalid',
    );
  });

  it('S05 refuses the body of one quote with the signatures of another', async () => {
    const other = parseTdxQuote(await machine.quote(Uint8Array.of(1)));
    const { signature, attestationKey, qeReport, qeReportSignature } = other;
    const spoil = () => ({ signature, attestationKey, qeReport, qeReportSignature });
    expect(await outcomeOfQuote({ spoil })).toBe('quote-signature');
  });

  it('S05 refuses a quote of another attestation key than the enclave vouches for', async () => {
    const attestationKey = pointOf(await mintKey());
    expect(await outcomeOfQuote({ spoil: () => ({ attestationKey }) })).toBe('attestation-key-unbound');
    expect(await outcomeOfQuote({ vouchedKey: attestationKey })).toBe('attestation-key-unbound');
  });

  it('names the broken link nearest to the quote', async () => {
    const stranger = await mintTdxMachine(await mintTdxPki());
    const bytes = await stranger.quote(new Uint8Array(), {
      spoil: () => ({ signature: new Uint8Array(64).fill(1) }),
    });
    const request = { anchors: machine.anchors, at: machine.at, collateral };
    expect(await tdxOutcome(verifyTdxQuote({ quote: bytes, ...request }))).toBe('quote-signature');
    expect(await tdxOutcome(verifyTdxQuote({ quote: await stranger.quote(), ...request }))).toBe(
      'pck-chain: anchor-unknown',
    );
  });
});

describe('configuration of the TD', () => {
  const withBit = (bit: number, base: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0]): Bytes =>
    Uint8Array.from(base, (byte, i) => (i === bit >> 3 ? byte | (1 << (bit & 7)) : byte));
  const KNOWN = [16, 27, 28, 29, 30, 31, 62, 63];
  const XFAM = [0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 14, 15, 17, 18, 19];

  it.each(Array.from({ length: 64 }, (_, bit) => bit))('S14 attribute bit %i', async (bit) => {
    const want = bit < 8 ? 'debug' : KNOWN.includes(bit) ? 'genuine' : 'reserved-attributes';
    expect(await outcomeOfQuote({ report: { tdAttributes: withBit(bit) } })).toBe(want);
  });

  it.each(Array.from({ length: 64 }, (_, bit) => bit))('S14 XFAM bit %i', async (bit) => {
    const want = XFAM.includes(bit) ? 'genuine' : 'reserved-xfam';
    expect(await outcomeOfQuote({ report: { xfam: withBit(bit, [3, 0, 0, 0, 0, 0, 0, 0]) } })).toBe(want);
  });

  it('S14 refuses debug also where there is no collateral', async () => {
    const quote = await machine.quote(new Uint8Array(), { report: { tdAttributes: withBit(0) } });
    const request = { quote, anchors: machine.anchors, at: machine.at };
    expect(await tdxOutcome(verifyTdxQuote(request))).toBe('debug');
  });
});
