import { concat, equalBytes, toHex, utf8, type Bytes } from '@asterism/bytes';
import {
  basicConstraints,
  commonName,
  MINT_NOT_AFTER,
  mintTdx,
  mintTdxMachine,
  mintTdxPki,
  sgxParts,
  sgxSequence,
  tcbParts,
  tdxOutcome,
  withExtension,
  withoutExtension,
  type MintedTdxMachine,
  type SgxPart,
  type TdxMachineOptions,
  type TdxPkiOptions,
} from '@asterism/testkit';
import { derElement, derNull, derOctetString, derUnsignedInteger, EXTENSION, TAG } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  parseTdxQuote,
  pckPlatformOf,
  verifyPckChain,
  verifyTdxQuote,
  type TdxCollateral,
} from '../index.ts';

let machine: MintedTdxMachine;
let collateral: TdxCollateral;
beforeAll(async () => {
  machine = await mintTdx();
  collateral = await machine.collateral();
});

async function outcomeOfChain(pki: TdxPkiOptions, options: TdxMachineOptions = {}): Promise<string> {
  const { quote, anchors, at } = await mintTdxMachine(await mintTdxPki(pki), options);
  return tdxOutcome(verifyTdxQuote({ quote: await quote(), anchors, at, collateral }));
}

const EARLIER = new Date('2026-05-01T00:00:00Z');
const LATER = new Date('2026-07-01T00:00:00Z');
const OTHER_CA = commonName('Intel SGX PCK Platform CA 2');
const UNKNOWN = withExtension({ oid: '1.2.3.4', critical: true, value: derNull() });

type Spoilt = TdxPkiOptions & { readonly machine?: TdxMachineOptions };

describe('PCK chain', () => {
  it.each<readonly [code: string, what: string, spoilt: Spoilt]>([
    ['expired', 'root', { root: () => ({ notAfter: EARLIER }) }],
    ['expired', 'CA', { platformCa: () => ({ notAfter: EARLIER }) }],
    ['expired', 'PCK', { machine: { pck: () => ({ notAfter: EARLIER }) } }],
    ['not-yet-valid', 'PCK', { machine: { pck: () => ({ notBefore: LATER }) } }],
    ['not-a-ca', 'CA', { platformCa: withExtension(basicConstraints(false)) }],
    ['path-length-exceeded', 'root', { root: withExtension(basicConstraints(true, 0)) }],
    ['key-usage', 'CA', { platformCa: withoutExtension(EXTENSION.keyUsage) }],
    ['key-usage', 'PCK', { machine: { pck: withoutExtension(EXTENSION.keyUsage) } }],
    ['unknown-critical-extension', 'CA', { platformCa: UNKNOWN }],
    ['unknown-critical-extension', 'PCK', { machine: { pck: UNKNOWN } }],
    ['signature-invalid', 'CA', { platformCa: () => ({ signature: lastBitFlipped }) }],
    ['signature-invalid', 'PCK', { machine: { pck: () => ({ signature: lastBitFlipped }) } }],
    ['name-mismatch', 'PCK', { machine: { pck: () => ({ issuer: OTHER_CA }) } }],
    [
      'issuer-missing',
      'PCK',
      {
        machine: {
          pck: (genuine) => ({
            ...withoutExtension(EXTENSION.authorityKeyIdentifier)(genuine),
            issuer: OTHER_CA,
          }),
        },
      },
    ],
  ])('S11 pck-chain, %s: %s', async (code, _what, { machine = {}, ...pki }) => {
    expect(await outcomeOfChain(pki, machine)).toBe(`pck-chain: ${code}`);
  });

  it.each<readonly [what: string, options: TdxMachineOptions]>([
    ['another name', { pck: () => ({ subject: commonName('Intel SGX TCB Signing') }) }],
    ['a P-384 key', { pckKey: 'ecdsa-p384' }],
    ['an Ed25519 key', { pckKey: 'ed25519' }],
    [
      'a key off the curve',
      { pck: ({ spki }) => ({ spki: concat(spki.subarray(0, -64), new Uint8Array(64).fill(1)) }) },
    ],
    [
      'a compressed key',
      { pck: ({ spki }) => ({ spki: spki.map((byte, i) => (i === spki.length - 65 ? 2 : byte)) }) },
    ],
  ])('S11 refuses a PCK certificate of %s', async (_what, options) => {
    expect(await outcomeOfChain({}, options)).toMatch(/^pck-chain/);
  });

  it('S11 refuses a PCK certificate of a CA that is neither of the two', async () => {
    const subject = commonName('Intel SGX PCK Cloud CA');
    expect(await outcomeOfChain({ platformCa: () => ({ subject }) })).toBe('pck-chain');
  });

  it('S11 takes no anchor for no check, and none that is no digest', async () => {
    const request = { quote: await machine.quote(), at: machine.at, collateral };
    expect(await tdxOutcome(verifyTdxQuote({ ...request, anchors: [] }))).toBe('pck-chain: anchor-unknown');
    const anchors = [{ name: 'not a digest', spkiSha256: 'x' }];
    expect(await tdxOutcome(verifyTdxQuote({ ...request, anchors }))).toBe('argument-invalid');
  });

  it('S11 looks at the dates of a chain that held before', async () => {
    const request = { quote: await machine.quote(), anchors: machine.anchors, collateral };
    const outcomeAt = (at: Date) => tdxOutcome(verifyTdxQuote({ ...request, at }));
    expect(await outcomeAt(machine.at)).toBe('genuine');
    expect(await outcomeAt(new Date(MINT_NOT_AFTER.getTime() + 1000))).toBe('pck-chain: expired');
    expect(await outcomeAt(new Date('2025-12-31T23:59:59Z'))).toBe('pck-chain: not-yet-valid');
    expect(await outcomeAt(new Date(Number.NaN))).toBe('argument-invalid');
  });

  it('S11 remembers a chain no longer than each of its certificates holds', async () => {
    const parts = [{ root: until }, { platformCa: until }, { machine: { pck: until } }];
    for (const { machine: options = {}, ...pki } of parts as readonly Spoilt[]) {
      const { pckChain, anchors, at } = await mintTdxMachine(await mintTdxPki(pki), options);
      const outcomeAt = (when: Date) => tdxOutcome(verifyPckChain({ pckChain }, { anchors, at: when }));
      expect(await outcomeAt(at)).toBe('genuine');
      // `notAfter` names a whole second.
      expect(await outcomeAt(new Date(LATER.getTime() + 999))).toBe('genuine');
      expect(await outcomeAt(new Date(LATER.getTime() + 1000))).toBe('pck-chain: expired');
    }
  });
  const until = () => ({ notAfter: LATER });

  it('S11 trusts a chain that held under its own anchors only', async () => {
    const { pckChain, anchors, at } = machine;
    expect(await tdxOutcome(verifyPckChain({ pckChain }, { anchors, at }))).toBe('genuine');
    const others = (await mintTdxPki()).anchors;
    const outcome = await tdxOutcome(verifyPckChain({ pckChain }, { anchors: others, at }));
    expect(outcome).toBe('pck-chain: anchor-unknown');
  });

  it('S11 forgets the oldest of many chains, and proves it again', async () => {
    const { anchors, at, pckChain } = machine;
    const first = await verifyPckChain({ pckChain }, { anchors, at });
    const next = { pckChain: concat(pckChain, utf8('next\n')) };
    const second = await verifyPckChain(next, { anchors, at });
    expect(await verifyPckChain({ pckChain }, { anchors, at })).toBe(first);
    expect(await verifyPckChain(next, { anchors, at })).toBe(second);
    for (let i = 0; i < 256; i++) {
      // What stands between the blocks is not read: the same chain as another text.
      await verifyPckChain({ pckChain: concat(pckChain, utf8(`${i}\n`)) }, { anchors, at });
    }
    const again = await verifyPckChain({ pckChain }, { anchors, at });
    expect(again).not.toBe(first);
    expect(again.extensions).toEqual(first.extensions);
  });

  it('S10 says CA and platform only below a pinned root', async () => {
    const { quote, fields, anchors, at } = await mintTdxMachine(machine.pki, { ca: 'processor' });
    const parsed = parseTdxQuote(await quote());
    const { ca, extensions } = await verifyPckChain(parsed, { anchors, at });
    expect({ ca, fmspc: extensions.fmspc }).toEqual({ ca: 'processor', fmspc: fields.fmspc });
    expect(pckPlatformOf(parsed).fmspc).toBe(toHex(fields.fmspc));
    const stranger = await mintTdxMachine(await mintTdxPki());
    expect(await tdxOutcome(verifyPckChain(stranger, { anchors, at }))).toBe('pck-chain: anchor-unknown');
  });

  it.each<readonly [what: string, chain: (genuine: string) => string]>([
    ['nothing', () => ''],
    ['no PEM', () => 'x'],
    ['two certificates', (pem) => pem.slice(pem.indexOf('-----BEGIN', 1))],
    ['four certificates', (pem) => pem + pem.slice(0, pem.indexOf('-----BEGIN', 1))],
    ['a block of another kind', (pem) => pem.replaceAll('CERTIFICATE', 'PUBLIC KEY')],
    ['a broken certificate', (pem) => pem.replace('MII', 'MIA')],
  ])('S09 pck-malformed: %s', async (_what, chain) => {
    const pckChain = utf8(chain(new TextDecoder().decode(machine.pckChain)));
    const quote = await machine.quote(new Uint8Array(), { spoil: () => ({ pckChain }) });
    const { anchors, at } = machine;
    expect(await tdxOutcome(verifyTdxQuote({ quote, anchors, at, collateral }))).toBe('pck-malformed');
  });

  it('S09 pck-malformed: bytes that are no text', async () => {
    const pckChain = Uint8Array.of(0xff, 0xfe);
    const { anchors, at } = machine;
    expect(await tdxOutcome(verifyPckChain({ pckChain }, { anchors, at }))).toBe('pck-malformed');
  });
});

describe('SGX extension', () => {
  const replaced =
    (number: string, value: Bytes) =>
    (parts: readonly SgxPart[]): readonly SgxPart[] =>
      parts.map((part) => (part[0] === number ? [number, value] : part));
  const inTcb =
    (change: (parts: readonly SgxPart[]) => readonly SgxPart[]) =>
    (parts: readonly SgxPart[]): readonly SgxPart[] =>
      replaced('2', sgxSequence(change(tcbParts(machine.fields))))(parts);

  it.each<readonly [what: string, change: NonNullable<TdxMachineOptions['sgxParts']>]>([
    ['no parts', () => []],
    ['no FMSPC', (parts) => parts.filter(([number]) => number !== '4')],
    ['a part twice', (parts) => [...parts, ...parts.slice(0, 1)]],
    ['a short PPID', replaced('1', derOctetString(new Uint8Array(15)))],
    ['a long FMSPC', replaced('4', derOctetString(new Uint8Array(7)))],
    ['a number for a PCE ID', replaced('3', derUnsignedInteger(0))],
    ['an unknown SGX type', replaced('5', derElement(TAG.enumerated, Uint8Array.of(3)))],
    ['an SGX type of two bytes', replaced('5', derElement(TAG.enumerated, Uint8Array.of(1, 1)))],
    ['something behind a value', replaced('4', concat(derOctetString(new Uint8Array(6)), derNull()))],
    ['a TCB component over a byte', inTcb(replaced('2.3', derUnsignedInteger(256)))],
    ['a PCE SVN over two bytes', inTcb(replaced('2.17', derUnsignedInteger(65_536)))],
    ['15 TCB components', inTcb((parts) => parts.filter(([number]) => number !== '2.16'))],
    ['a short CPU SVN', inTcb(replaced('2.18', derOctetString(new Uint8Array(15))))],
  ])('S09 pck-malformed: %s', async (_what, change) => {
    const { pckChain, anchors, at } = await mintTdxMachine(machine.pki, { sgxParts: change });
    expect(await tdxOutcome(verifyPckChain({ pckChain }, { anchors, at }))).toBe('pck-malformed');
  });

  it('S09 pck-malformed: no SGX extension', async () => {
    const pck = withoutExtension('1.2.840.113741.1.13.1');
    const { pckChain, anchors, at } = await mintTdxMachine(machine.pki, { pck });
    expect(await tdxOutcome(verifyPckChain({ pckChain }, { anchors, at }))).toBe('pck-malformed');
  });

  it('reads the largest TCB that there can be', async () => {
    const fields = { componentSvns: Array.from({ length: 16 }, () => 0xff), pceSvn: 0xffff };
    const { pckChain, anchors, at } = await mintTdxMachine(machine.pki, { fields });
    const { extensions } = await verifyPckChain({ pckChain }, { anchors, at });
    expect(extensions).toMatchObject(fields);
  });

  it('reads parts that other platforms have besides', async () => {
    const sgx = {
      sgxParts: () => [...sgxParts(machine.fields), ['6', derOctetString(new Uint8Array(16))] as const],
    };
    const { pckChain, anchors, at } = await mintTdxMachine(machine.pki, sgx);
    const { extensions } = await verifyPckChain({ pckChain }, { anchors, at });
    expect(equalBytes(extensions.ppid, machine.fields.ppid)).toBe(true);
  });
});

function lastBitFlipped(genuine: Bytes): Bytes {
  return genuine.map((byte, i) => (i === genuine.length - 1 ? byte ^ 1 : byte));
}
