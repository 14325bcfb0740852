import { copyBytes, type Bytes } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashLength, type TpmHashName } from './algorithms.ts';
import { decodeAttest, encodeAttest, type TpmsAttest } from './attest.ts';
import { OBJECT_ATTRIBUTE, toObjectAttributes, type ObjectAttribute } from './attributes.ts';
import { decodeDigestList, encodeDigestList } from './digest-list.ts';
import { decodePcrSelections, encodePcrSelections, type PcrSelection } from './pcr-selection.ts';
import {
  coordinateLength,
  decodePublic,
  decodeSizedPublic,
  encodePublic,
  encodeSizedPublic,
  type TpmtPublic,
} from './public-area.ts';
import type { SymmetricDefinition } from './schemes.ts';
import { decodeSignature, encodeSignature, type TpmtSignature } from './signature.ts';

const HASHES: readonly TpmHashName[] = [
  'sha1',
  'sha256',
  'sha384',
  'sha512',
  'sm3-256',
  'sha3-256',
  'sha3-384',
  'sha3-512',
];
const ATTRIBUTES = Object.keys(OBJECT_ATTRIBUTE) as ObjectAttribute[];

const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ minLength, maxLength }).map(copyBytes);
const u32 = fc.nat({ max: 0xffff_ffff });
const hash = fc.constantFrom(...HASHES);

const common = hash.chain((nameAlg) =>
  fc.record({
    nameAlg: fc.constant(nameAlg),
    attributes: fc.subarray(ATTRIBUTES).map(toObjectAttributes),
    authPolicy: fc.oneof(bytes(0), bytes(hashLength(nameAlg))),
  }),
);
const symmetric: fc.Arbitrary<SymmetricDefinition | null> = fc.oneof(
  fc.constant(null),
  fc.record({
    algorithm: fc.constant('aes' as const),
    keyBits: fc.constantFrom(128 as const, 192 as const, 256 as const),
    mode: fc.constant('cfb' as const),
  }),
);
const scheme = <Name extends string>(...names: readonly Name[]) =>
  fc.option(fc.record({ scheme: fc.constantFrom(...names), hash }), { nil: null });

const rsa: fc.Arbitrary<TpmtPublic> = fc.constantFrom(1024, 2048, 3072, 4096).chain((keyBits) =>
  fc
    .tuple(
      common,
      fc.record({
        type: fc.constant('rsa' as const),
        symmetric,
        scheme: scheme('rsassa', 'rsapss', 'oaep'),
        keyBits: fc.constant(keyBits),
        exponent: u32,
        modulus: fc.oneof(bytes(0), bytes(keyBits / 8)),
      }),
    )
    .map(([head, rest]) => ({ ...head, ...rest })),
);
const ecc: fc.Arbitrary<TpmtPublic> = fc.constantFrom('p256' as const, 'p384' as const).chain((curve) =>
  fc
    .tuple(
      common,
      fc.record({
        type: fc.constant('ecc' as const),
        symmetric,
        scheme: scheme('ecdsa', 'ecdh'),
        curve: fc.constant(curve),
        x: bytes(0, coordinateLength(curve)),
        y: bytes(0, coordinateLength(curve)),
      }),
    )
    .map(([head, rest]) => ({ ...head, ...rest })),
);
const keyedHash: fc.Arbitrary<TpmtPublic> = fc
  .tuple(
    common,
    fc.record({
      type: fc.constant('keyedhash' as const),
      hmac: fc.option(hash, { nil: null }),
      unique: bytes(0, 64),
    }),
  )
  .map(([head, rest]) => ({ ...head, ...rest }));

const selection: fc.Arbitrary<PcrSelection> = fc.integer({ min: 1, max: 4 }).chain((selectSize) =>
  fc.record({
    bank: hash,
    pcrs: fc.subarray(Array.from({ length: 8 * selectSize }, (_, pcr) => pcr)),
    selectSize: fc.constant(selectSize),
  }),
);
const selections = fc.array(selection, { maxLength: 16 });

const attest: fc.Arbitrary<TpmsAttest> = fc.record({
  magic: u32,
  qualifiedSigner: bytes(0, 66),
  extraData: bytes(0, 66),
  clockInfo: fc.record({
    clock: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
    resetCount: u32,
    restartCount: u32,
    safe: fc.boolean(),
  }),
  firmwareVersion: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  attested: fc.oneof(
    fc.record({ type: fc.constant('quote' as const), pcrSelections: selections, pcrDigest: bytes(0, 64) }),
    fc.record({ type: fc.constant('certify' as const), name: bytes(0, 66), qualifiedName: bytes(0, 66) }),
  ),
});

const signature: fc.Arbitrary<TpmtSignature> = fc.oneof(
  fc.record({
    scheme: fc.constantFrom('rsassa' as const, 'rsapss' as const),
    hash,
    signature: bytes(0, 512),
  }),
  fc.record({ scheme: fc.constant('ecdsa' as const), hash, r: bytes(0, 66), s: bytes(0, 66) }),
);

function itRoundTrips<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Bytes,
  decode: (encoded: Uint8Array) => T,
): void {
  it(`${name}: what is encoded decodes to the same value`, () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
      { seed: 20, numRuns: 300 },
    );
  });
}

describe('structures, encoded and decoded', () => {
  itRoundTrips('TPMT_PUBLIC of RSA', rsa, encodePublic, decodePublic);
  itRoundTrips('TPMT_PUBLIC of ECC', ecc, encodePublic, decodePublic);
  itRoundTrips('TPMT_PUBLIC of keyed hash', keyedHash, encodePublic, decodePublic);
  itRoundTrips('TPM2B_PUBLIC', fc.oneof(rsa, ecc, keyedHash), encodeSizedPublic, decodeSizedPublic);
  itRoundTrips('TPMS_ATTEST', attest, encodeAttest, decodeAttest);
  itRoundTrips('TPMT_SIGNATURE', signature, encodeSignature, decodeSignature);
  itRoundTrips('TPML_PCR_SELECTION', selections, encodePcrSelections, decodePcrSelections);
  itRoundTrips('TPML_DIGEST', fc.array(bytes(0, 64), { maxLength: 8 }), encodeDigestList, decodeDigestList);
});
