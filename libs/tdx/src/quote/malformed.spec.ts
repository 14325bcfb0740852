import { equalBytes, type Bytes } from '@asterism/bytes';
import {
  bitFlips,
  MINT_TDX15,
  mintTdx,
  mutations,
  tdxOutcome,
  truncations,
  type MintedTdxMachine,
} from '@asterism/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeTdxQuote,
  parseTdxQuote,
  TdxFormatError,
  verifyTdxQuote,
  type TdxCollateral,
  type TdxFormatErrorCode,
  type TdxQuote,
} from '../index.ts';

let machine: MintedTdxMachine;
let collateral: TdxCollateral;
let v4: Bytes;
let v5: Bytes;
beforeAll(async () => {
  machine = await mintTdx();
  collateral = await machine.collateral();
  v4 = await machine.quote();
  v5 = await machine.quote(new Uint8Array(), { report: { tdx15: MINT_TDX15 } });
});

/** Offsets in a v4 quote (Intel TDX DCAP Quoting Library API, revision 0.9, A.3); those of v5 are 70 more behind the body. */
const AT = {
  version: 0,
  keyType: 2,
  tee: 4,
  vendor: 12,
  dataLength: 632,
  outerType: 764,
  outerLength: 766,
  authLength: 1218,
  innerType: 1252,
  innerLength: 1254,
} as const;

function edited(quote: Bytes, at: number, ...values: readonly number[]): Bytes {
  const bytes = new Uint8Array(quote);
  bytes.set(values, at);
  return bytes;
}

function codeOf(bytes: Uint8Array): TdxFormatErrorCode | 'read' {
  try {
    parseTdxQuote(bytes);
    return 'read';
  } catch (error) {
    if (error instanceof TdxFormatError) return error.code;
    throw error;
  }
}

describe('structure of a quote', () => {
  it.each<readonly [code: TdxFormatErrorCode, what: string, change: () => Bytes]>([
    ['not-tdx', 'SGX', () => edited(v4, AT.tee, 0)],
    ['version-unsupported', 'version 3', () => edited(v4, AT.version, 3)],
    ['version-unsupported', 'version 6', () => edited(v4, AT.version, 6)],
    ['key-type-unsupported', 'ECDSA P-384', () => edited(v4, AT.keyType, 3)],
    ['quoting-enclave-unknown', 'another vendor', () => edited(v4, AT.vendor, 0)],
    ['body-type-unsupported', 'an SGX body', () => edited(v5, 48, 1)],
    ['body-type-unsupported', 'a body of another length', () => edited(v5, 50, 0x48)],
    ['certification-data-unsupported', 'type 5 outside', () => edited(v4, AT.outerType, 5)],
    ['certification-data-unsupported', 'type 3 inside', () => edited(v4, AT.innerType, 3)],
    ['certification-data-unsupported', 'type 6 inside', () => edited(v4, AT.innerType, 6)],
    ['quote-malformed', 'nothing', () => new Uint8Array()],
    ['quote-malformed', 'over 64 KiB', () => new Uint8Array(65_537)],
  ])('S09 %s: %s', (code, _what, change) => {
    expect(codeOf(change())).toBe(code);
  });

  it.each(
    (['dataLength', 'outerLength', 'innerLength'] as const).flatMap((field) =>
      [0, 1, 0x7fff_ffff, 0xffff_ffff].map((value) => [field, value] as const),
    ),
  )('S09 %s of %i', (field, value) => {
    const bytes = edited(v4, 0);
    new DataView(bytes.buffer).setUint32(AT[field], value, true);
    expect(codeOf(bytes)).not.toBe('read');
  });

  it.each(['dataLength', 'outerLength', 'innerLength', 'authLength'] as const)(
    'S09 %s of one more and one less',
    (field) => {
      for (const difference of [-1, 1]) {
        const bytes = edited(v4, 0);
        const view = new DataView(bytes.buffer);
        view.setUint16(AT[field], view.getUint16(AT[field], true) + difference, true);
        expect(codeOf(bytes)).not.toBe('read');
      }
    },
  );

  it('S09 authLength at its limits', () => {
    for (const value of [0, 0xffff])
      expect(codeOf(edited(v4, AT.authLength, value & 0xff, value >> 8))).not.toBe('read');
  });

  it('S09 refuses every truncation', () => {
    for (const cut of [...truncations(v4), ...truncations(v5)]) expect(codeOf(cut)).not.toBe('read');
  });

  it('S09 reads random bytes to a refusal', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 2048 }), (bytes) => codeOf(bytes) !== 'read');
    fc.assert(property, { seed: 1, numRuns: 1000 });
  });

  it('S09 reads a mutation to the same bytes or refuses it', () => {
    for (const changed of mutations(v5, 7, 400)) {
      if (codeOf(changed) === 'read')
        expect(equalBytes(encodeTdxQuote(parseTdxQuote(changed)), changed)).toBe(true);
    }
  });
});

describe('bits of a quote', () => {
  const afterHead = (head: Uint8Array, quote: Bytes): Bytes => {
    const bytes = new Uint8Array(quote);
    bytes.set(head);
    return bytes;
  };

  it('S09 reads every flipped bit of all but the certificates to the same bytes, or refuses it', () => {
    let read = 0;
    for (const head of bitFlips(v4.subarray(0, AT.innerLength + 4))) {
      const flipped = afterHead(head, v4);
      if (codeOf(flipped) !== 'read') continue;
      read += 1;
      if (read % 7 === 0) expect(equalBytes(encodeTdxQuote(parseTdxQuote(flipped)), flipped)).toBe(true);
    }
    // All but version, kinds, vendor and lengths.
    expect(read).toBe(8 * (AT.innerLength + 4 - 24 - 18));
  });

  it('S05 refuses every flipped bit of what is signed, and of the signatures', async () => {
    const { anchors, at } = machine;
    const signed = [...bitFlips(v5.subarray(0, AT.innerType + 70))];
    // Each costs two verifications, so that a unit test flips one bit in 41, and fuzzing the others.
    for (const head of signed.filter((_, bit) => bit % 41 === 0)) {
      const outcome = await tdxOutcome(
        verifyTdxQuote({ quote: afterHead(head, v5), anchors, at, collateral }),
      );
      expect(outcome).not.toBe('genuine');
    }
  });
});

describe('encodeTdxQuote', () => {
  const fields = (lengths: Readonly<Record<string, number>>) =>
    fc.record(Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, octets(length)])));
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const u16 = fc.integer({ min: 0, max: 0xffff });

  it('is the counterpart of parseTdxQuote, whatever stands in the fields', () => {
    const { report, qeReport, ...rest } = parseTdxQuote(v5);
    const lengthsOf = (record: object) =>
      Object.fromEntries(
        Object.entries(record).flatMap(([name, value]) =>
          value instanceof Uint8Array ? [[name, value.length]] : [],
        ),
      );
    const quotes = fc.record({
      report: fields(lengthsOf(report)),
      tdx15: fc.option(fields({ teeTcbSvn2: 16, mrServiceTd: 48 }), { nil: undefined }),
      qeReport: fields(lengthsOf(qeReport)),
      isv: fc.tuple(u16, u16),
      head: fc.record({
        qeSvn: u16,
        pceSvn: u16,
        userData: octets(20),
        trailing: fc.uint8Array({ maxLength: 100 }),
      }),
      data: fc.record({
        signature: octets(64),
        attestationKey: octets(64),
        qeReportSignature: octets(64),
        qeAuthData: fc.uint8Array({ maxLength: 300 }),
        pckChain: fc.uint8Array({ maxLength: 300 }),
      }),
      old: fc.boolean(),
    });
    const property = fc.property(quotes, ({ report, tdx15, qeReport, isv, head, data, old }) => {
      const quote = {
        ...rest,
        version: old && tdx15 === undefined ? 4 : 5,
        ...head,
        ...data,
        report: { ...report, tdx15 },
        qeReport: { ...qeReport, isvProdId: isv[0], isvSvn: isv[1] },
      } as unknown as TdxQuote;
      const bytes = encodeTdxQuote(quote);
      const parsed = parseTdxQuote(bytes);
      expect({ ...parsed, signed: undefined, qeReportBytes: undefined }).toEqual({
        ...quote,
        signed: undefined,
        qeReportBytes: undefined,
      });
      expect(encodeTdxQuote(parsed)).toEqual(bytes);
    });
    fc.assert(property, { seed: 1 });
  });

  it('refuses what the format has no room for', () => {
    const quote = parseTdxQuote(v5);
    const wrong: readonly Partial<TdxQuote>[] = [
      { version: 4 },
      { userData: new Uint8Array(19) },
      { signature: new Uint8Array(65) },
      { report: { ...quote.report, mrTd: new Uint8Array(32) } },
      { qeReport: { ...quote.qeReport, mrSigner: new Uint8Array(31) } },
    ];
    for (const change of wrong) {
      const encode = () => encodeTdxQuote({ ...quote, ...change });
      expect(encode).toThrow(expect.objectContaining({ code: 'argument-invalid' }) as Error);
    }
  });
});
