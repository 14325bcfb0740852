import { concat, fromHex, toHex, utf8, type Bytes } from '@asterism/bytes';
import { ecdsaRawToDer, verifySignature } from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import { TpmFormatError } from '../errors.ts';
import { CborTag, type CborValue } from './cbor/cbor.ts';
import { encodeCbor } from './cbor/encode-cbor.ts';
import { encodeCoseSign1, NITRO_PROTECTED_HEADER, parseCoseSign1, toBeSigned } from './cose-sign1.ts';

const PAYLOAD = utf8('payload');
const SIGNATURE = new Uint8Array(96).fill(7);

/** The four parts with some of them replaced. */
const parts = (changed: readonly [index: number, value: CborValue][] = []): CborValue[] => {
  const honest: CborValue[] = [NITRO_PROTECTED_HEADER, new Map(), PAYLOAD, SIGNATURE];
  for (const [index, value] of changed) honest[index] = value;
  return honest;
};
const header = (...entries: [number | string, CborValue][]) => encodeCbor(new Map(entries));

function refusal(bytes: Bytes): TpmFormatError {
  try {
    parseCoseSign1(bytes);
  } catch (error) {
    if (error instanceof TpmFormatError) return error;
    throw error;
  }
  throw new Error('was read');
}

/** RFC 9052 Appendix C.2.1 with the public key of Appendix C.7.1, `11`. */
const RFC_9052 = {
  protectedHeader: fromHex('a10126'),
  payload: utf8('This is the content.'),
  signature: fromHex(
    '8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e' +
      '2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36',
  ),
  spki: fromHex(
    '3059301306072a8648ce3d020106082a8648ce3d03010703420004' +
      'bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff' +
      '20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e',
  ),
};

describe('COSE_Sign1', () => {
  it.each([false, true])('reads and writes it, tagged: %s', (tagged) => {
    const sign1 = { tagged, protectedHeader: NITRO_PROTECTED_HEADER, payload: PAYLOAD, signature: SIGNATURE };
    const bytes = encodeCoseSign1(sign1);
    expect(parseCoseSign1(bytes)).toEqual(sign1);
    expect(bytes[0]).toBe(tagged ? 0xd2 : 0x84);
  });

  it('what is signed is what RFC 9052 §4.4 says', async () => {
    const signed = toBeSigned(RFC_9052);
    expect(toHex(signed)).toBe(`846a5369676e61747572653143a101264054${toHex(RFC_9052.payload)}`);
    const algorithm = { kind: 'ecdsa', hash: 'SHA-256' } as const;
    await verifySignature(RFC_9052.spki, algorithm, signed, ecdsaRawToDer(RFC_9052.signature, 'P-256'));
  });

  it.each<[what: string, protectedHeader: Bytes]>([
    ['ES256', header([1, -7])],
    ['ES512', header([1, -36])],
    ['EdDSA', header([1, -8])],
    ['HMAC', header([1, 5])],
    ['no algorithm', new Uint8Array()],
    ['an empty map', header()],
    ['an algorithm by name', header([1, 'ES384'])],
    ['a key identifier beside it', header([1, -35], [4, utf8('11')])],
    ['a critical header', header([1, -35], [2, [1]])],
    ['the algorithm in a longer form', fromHex('bf013822ff')],
    ['bytes behind the map', concat(NITRO_PROTECTED_HEADER, Uint8Array.of(0))],
  ])('S11 a protected header with %s is refused', (_what, protectedHeader) => {
    expect(refusal(encodeCbor(parts([[0, protectedHeader]])))).toMatchObject({
      code: 'unsupported',
      got: toHex(protectedHeader),
    });
  });

  it('S05 what nobody signed is refused: an algorithm or a key identifier in the unprotected header', () => {
    for (const entry of [[1, -35] as const, [4, utf8('11')] as const]) {
      expect(refusal(encodeCbor(parts([[1, new Map<number, CborValue>([entry])]]))).code).toBe('unsupported');
    }
  });

  it.each<[what: string, item: CborValue]>([
    ['another tag', new CborTag(98, parts())],
    ['a tag in a tag', new CborTag(18, new CborTag(18, parts()))],
    ['three parts', parts().slice(0, 3)],
    ['five parts', [...parts(), null]],
    ['a map', new Map([[0, 1]])],
    ['a number', 7],
    ['null', null],
    ['a protected header that is a map', parts([[0, new Map([[1, -35]])]])],
    ['an unprotected header that is null', parts([[1, null]])],
    ['an unprotected header that is a list', parts([[1, []]])],
    ['a payload that is elsewhere', parts([[2, null]])],
    ['a payload that is a text', parts([[2, 'payload']])],
    ['a signature that is null', parts([[3, null]])],
    ['an empty signature', parts([[3, new Uint8Array()]])],
    ['a signature of P-256', parts([[3, new Uint8Array(64)]])],
    ['a signature of P-521', parts([[3, new Uint8Array(132)]])],
    ['a signature that is a byte too long', parts([[3, new Uint8Array(97)]])],
  ])('S09 %s is malformed', (_what, item) => {
    expect(refusal(encodeCbor(item))).toMatchObject({ code: 'malformed', outcome: 'input' });
  });
});
