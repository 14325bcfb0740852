import { fromHex, sha256, toHex, utf8, type Bytes } from '@asterism/bytes';
import { mintAk, mintQuote, type AkKind, type MintedAk, type QuoteOrder } from '@asterism/testkit';
import { constants, createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TpmNotGenuineErrorCode } from '../errors.ts';
import type { PcrBank } from '../structures/algorithms.ts';
import { pcrSelection } from '../structures/pcr-selection.ts';
import { toTpmName } from '../structures/public-area.ts';
import type { TpmtSignature } from '../structures/signature.ts';
import { toSpki } from '../structures/spki.ts';
import { parseTpmQuote } from './parse-tpm-quote.ts';
import { verifyTpmQuote, type TpmQuoteExpectations, type VerifiedTpmQuote } from './verify-tpm-quote.ts';

const BINDING = await sha256(utf8('a binding'));
const value = (byte: number, length = 32): Bytes => new Uint8Array(length).fill(byte);
const PCRS = new Map([
  [0, value(0xa0)],
  [4, value(0xa4)],
  [15, value(0)],
]);
const EXPECTED: TpmQuoteExpectations = { qualifyingData: BINDING, bank: 'sha256', pcrSelection: [0, 4, 15] };
const ak = mintAk('ecdsa-p256');

function verify(
  order: Partial<QuoteOrder> = {},
  expected: Partial<TpmQuoteExpectations> = {},
  key: MintedAk = ak,
): Promise<VerifiedTpmQuote> {
  const quote = mintQuote(key, { qualifyingData: BINDING, bank: 'sha256', pcrs: PCRS, ...order });
  return verifyTpmQuote(parseTpmQuote(quote), { ...EXPECTED, ...expected });
}

function expectRefused(verification: Promise<unknown>, code: TpmNotGenuineErrorCode): Promise<void> {
  return expect(verification).rejects.toMatchObject({ name: 'TpmNotGenuineError', code, outcome: 'genuine' });
}

describe('verifyTpmQuote accepts', () => {
  it.each<AkKind>(['ecdsa-p256', 'ecdsa-p384', 'rsassa-2048', 'rsapss-2048'])(
    'a quote by %s and says what it establishes',
    async (kind) => {
      const key = mintAk(kind);
      const verified = await verify({}, {}, key);
      expect(verified).toMatchObject({ bank: 'sha256', resetCount: 7, restartCount: 2, safe: true });
      expect([...verified.pcrs]).toEqual([...PCRS]);
      expect(toHex(verified.akSpki)).toBe(toHex(toSpki(key.area)));
      expect(toHex(verified.akName)).toBe(toHex(await toTpmName(key.area)));
    },
  );

  it('RSA-PSS salts of the hash and of the longest size, which TPMs make, and no other', async () => {
    const key = mintAk('rsapss-2048');
    await verify({ saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN }, {}, key);
    await expectRefused(verify({ saltLength: 20 }, {}, key), 'signature-invalid');
  });

  it('the bank of SHA-384', async () => {
    const pcrs = new Map([[7, value(0xb7, 48)]]);
    const verified = await verify({ bank: 'sha384', pcrs }, { bank: 'sha384', pcrSelection: [7] });
    expect(verified.pcrs.get(7)).toHaveLength(48);
  });

  it('expectations in any order', async () => {
    await verify({}, { pcrSelection: [15, 0, 4, 4] });
  });

  it('both s and n − s of an ECDSA signature: it is a proof, not an identifier', async () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    await verify({
      signature: (honest) => {
        if (honest.scheme !== 'ecdsa') throw new Error('minted with ECDSA');
        const other = order - BigInt(`0x${toHex(honest.s)}`);
        return { ...honest, s: fromHex(other.toString(16).padStart(64, '0')) };
      },
    });
  });
});

describe('S09 a signature of another size', () => {
  const longer = (bytes: Bytes): Bytes => Uint8Array.from([0, ...bytes]);
  const longerRsa = (it: TpmtSignature) =>
    'signature' in it ? { ...it, signature: longer(it.signature) } : it;
  it.each<[string, AkKind, (honest: TpmtSignature) => TpmtSignature]>([
    ['r of 33 bytes', 'ecdsa-p256', (it) => (it.scheme === 'ecdsa' ? { ...it, r: longer(it.r) } : it)],
    ['s of 33 bytes', 'ecdsa-p256', (it) => (it.scheme === 'ecdsa' ? { ...it, s: longer(it.s) } : it)],
    ['no r', 'ecdsa-p256', (it) => (it.scheme === 'ecdsa' ? { ...it, r: new Uint8Array() } : it)],
    ['257 bytes of RSASSA', 'rsassa-2048', longerRsa],
    ['257 bytes of RSA-PSS', 'rsapss-2048', longerRsa],
  ])('is refused: %s', async (_name, kind, signature) => {
    await expectRefused(verify({ signature }, {}, mintAk(kind)), 'signature-invalid');
  });
});

describe('S01 qualifying data', () => {
  const flipped = Uint8Array.from(BINDING, (byte, i) => (i === 31 ? byte ^ 1 : byte));
  it.each<[string, Uint8Array]>([
    ['one bit different', flipped],
    ['cut short', BINDING.subarray(0, 31)],
    ['with a byte behind it', Uint8Array.from([...BINDING, 0])],
    ['empty', new Uint8Array()],
  ])('%s is refused, in the quote and as what is expected', async (_name, other) => {
    await expectRefused(verify({ qualifyingData: other }), 'qualifying-data-mismatch');
    await expectRefused(verify({}, { qualifyingData: other }), 'qualifying-data-mismatch');
  });
});

describe('S05 verified bytes are the compared bytes', () => {
  const select = (...selections: ReturnType<typeof pcrSelection>[]): Partial<QuoteOrder> => ({
    attest: (honest) => {
      if (honest.attested.type !== 'quote') throw new Error('minted as a quote');
      return { ...honest, attested: { ...honest.attested, pcrSelections: selections } };
    },
  });
  const wanted = pcrSelection('sha256', [0, 4, 15]);

  it.each<[string, Partial<QuoteOrder>]>([
    ['another bank of the same length', select(pcrSelection('sha3-256', [0, 4, 15]))],
    ['an extra bank', select(wanted, pcrSelection('sha384', [0]))],
    ['an extra bank in front', select(pcrSelection('sha1', [0]), wanted)],
    ['an extra bank without PCRs', select(wanted, pcrSelection('sha1', []))],
    ['the bank twice', select(wanted, wanted)],
    ['the bank in two parts', select(pcrSelection('sha256', [0, 4]), pcrSelection('sha256', [15]))],
    ['no bank', select()],
    ['a PCR more than wanted', { pcrs: new Map([...PCRS, [23, value(0)]]) }],
    ['a PCR fewer than wanted', { pcrs: new Map([...PCRS].slice(1)) }],
    ['a PCR of another number', { pcrs: new Map([...PCRS].map(([pcr, v]) => [pcr === 4 ? 5 : pcr, v])) }],
    ['a value more than quoted', { sent: new Map([...PCRS, [23, value(0)]]) }],
    ['a value fewer than quoted', { sent: new Map([...PCRS].slice(1)) }],
    ['a value of another number', { sent: new Map([...PCRS].map(([pcr, v]) => [pcr === 4 ? 5 : pcr, v])) }],
  ])('%s is refused', async (_name, order) => {
    await expectRefused(verify(order), 'pcr-selection-mismatch');
  });

  it('PCR 12 is not PCRs 1 and 2, nor are 1 and 23 those of 12 and 3', async () => {
    const pcrs = (...list: number[]) => new Map(list.map((pcr) => [pcr, value(pcr)]));
    for (const [quoted, asked] of [
      [[12], [1, 2]],
      [[1, 2], [12]],
      [
        [3, 12],
        [1, 23],
      ],
    ] as const) {
      const order = { pcrs: pcrs(...quoted), sent: pcrs(...asked) };
      await expectRefused(verify(order, { pcrSelection: asked }), 'pcr-selection-mismatch');
    }
  });

  it('values are told by their numbers, in whatever order they come, up to the last', async () => {
    const pcrs = new Map([...PCRS, [10, value(0xaa)], [23, value(0xff)]]);
    const sent = new Map([...pcrs].toReversed());
    await verify({ pcrs, sent }, { pcrSelection: [0, 4, 10, 15, 23] });
  });

  it.each<[string, ReadonlyMap<number, Uint8Array>]>([
    ['one value changed', new Map([...PCRS, [4, value(0xa5)]])],
    ['two values exchanged', new Map([...PCRS, [0, value(0xa4)], [4, value(0xa0)]])],
    [
      'a byte moved from one value to the next',
      new Map([...PCRS, [0, value(0xa0, 31)], [4, Uint8Array.from([0xa0, ...value(0xa4)])]]),
    ],
    ['values of another length', new Map([...PCRS, [15, value(0, 48)]])],
    ['an empty value', new Map([...PCRS, [15, value(0, 0)]])],
  ])('%s is refused', async (_name, sent) => {
    await expectRefused(verify({ sent }), 'pcr-digest-mismatch');
  });

  it('the digest counts in the hash of the scheme only', async () => {
    const key = mintAk('rsassa-2048', 'sha512');
    const digestOf = (hash: string) =>
      new Uint8Array(
        createHash(hash)
          .update(Buffer.concat([...PCRS.values()]))
          .digest(),
      );
    const withDigest = (hash: string): Partial<QuoteOrder> => ({
      attest: (honest) => ({
        ...honest,
        attested: { type: 'quote', pcrSelections: [wanted], pcrDigest: digestOf(hash) },
      }),
    });
    await verify(withDigest('sha512'), {}, key);
    await expectRefused(verify(withDigest('sha256'), {}, key), 'pcr-digest-mismatch');
  });

  it('S04 an empty selection is never an expectation', async () => {
    await expectRefused(verify({ pcrs: new Map() }, { pcrSelection: [] }), 'pcr-selection-mismatch');
    await expectRefused(
      verify({ pcrs: new Map(), ...select() }, { pcrSelection: [] }),
      'pcr-selection-mismatch',
    );
  });

  it('the values that come out are copies: changing what was given changes nothing', async () => {
    const pcrs = new Map([[0, value(1)]]);
    const quote = mintQuote(ak, { qualifyingData: BINDING, bank: 'sha256', pcrs });
    const parsed = parseTpmQuote(quote);
    pcrs.get(0)?.fill(9);
    quote.quote.fill(0);
    const verified = await verifyTpmQuote(parsed, { ...EXPECTED, pcrSelection: [0] });
    expect(verified.pcrs.get(0)).toEqual(value(1));
  });
});

describe('what is not a quote of a TPM', () => {
  it('another magic is refused', async () => {
    await expectRefused(verify({ attest: (honest) => ({ ...honest, magic: 0xff544348 }) }), 'magic-wrong');
  });

  it('a certification, signed by the same key, is refused', async () => {
    const attested = { type: 'certify', name: value(1, 34), qualifiedName: value(2, 34) } as const;
    await expectRefused(verify({ attest: (honest) => ({ ...honest, attested }) }), 'type-wrong');
  });

  it.each<PcrBank>(['sha1' as PcrBank, 'sha3-256' as PcrBank])(
    'S04 bank %s cannot be asked for',
    async (bank) => {
      await expectRefused(verify({ bank }, { bank }), 'algorithm-refused');
    },
  );
});
