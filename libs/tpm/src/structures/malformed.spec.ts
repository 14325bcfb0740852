import { fromHex, type Bytes } from '@asterism/bytes';
import { bitFlips, mutations, truncations } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { EK_TEMPLATE } from '../credential/endorsement-key.ts';
import { TpmFormatError, type TpmFormatErrorCode } from '../errors.ts';
import { decodeAttest, encodeAttest, TPM_GENERATED } from './attest.ts';
import { decodeDigestList, encodeDigestList } from './digest-list.ts';
import { decodePcrSelections, encodePcrSelections, pcrSelection } from './pcr-selection.ts';
import {
  decodePublic,
  decodeSizedPublic,
  encodePublic,
  encodeSizedPublic,
  type EccPublic,
} from './public-area.ts';
import { decodeSignature, encodeSignature } from './signature.ts';

const filled = (length: number, byte: number): Bytes => new Uint8Array(length).fill(byte);

interface Format {
  readonly name: string;
  readonly sample: Bytes;
  /** Decodes and encodes again. */
  readonly again: (bytes: Uint8Array) => Bytes;
}

const again =
  <T>(decode: (bytes: Uint8Array) => T, encode: (value: T) => Bytes) =>
  (bytes: Uint8Array) =>
    encode(decode(bytes));

const P256 = {
  ...EK_TEMPLATE['H-2'],
  type: 'ecc',
  curve: 'p256',
  x: filled(32, 1),
  y: filled(32, 2),
} as EccPublic;
const KEYED_HASH = {
  type: 'keyedhash',
  nameAlg: 'sha256',
  attributes: 0,
  authPolicy: filled(32, 3),
  hmac: 'sha256',
  unique: filled(32, 4),
} as const;
const HEAD = {
  magic: TPM_GENERATED,
  qualifiedSigner: filled(34, 5),
  extraData: filled(32, 6),
  clockInfo: { clock: 1n, resetCount: 2, restartCount: 3, safe: true },
  firmwareVersion: 4n,
} as const;
const QUOTE = encodeAttest({
  ...HEAD,
  attested: { type: 'quote', pcrSelections: [pcrSelection('sha256', [0, 7, 15])], pcrDigest: filled(32, 7) },
});
const CERTIFY = encodeAttest({
  ...HEAD,
  attested: { type: 'certify', name: filled(34, 8), qualifiedName: filled(34, 9) },
});
const RSASSA = encodeSignature({ scheme: 'rsassa', hash: 'sha256', signature: filled(256, 1) });
const ECDSA = encodeSignature({ scheme: 'ecdsa', hash: 'sha384', r: filled(48, 1), s: filled(48, 2) });

const publicArea = again(decodePublic, encodePublic);
const attest = again(decodeAttest, encodeAttest);
const signature = again(decodeSignature, encodeSignature);
const selections = again(decodePcrSelections, encodePcrSelections);
const digests = again(decodeDigestList, encodeDigestList);

const FORMATS: readonly Format[] = [
  { name: 'TPMT_PUBLIC of RSA', sample: encodePublic(EK_TEMPLATE['L-1']), again: publicArea },
  { name: 'TPMT_PUBLIC of ECC', sample: encodePublic(P256), again: publicArea },
  { name: 'TPMT_PUBLIC of keyed hash', sample: encodePublic(KEYED_HASH), again: publicArea },
  {
    name: 'TPM2B_PUBLIC',
    sample: encodeSizedPublic(P256),
    again: again(decodeSizedPublic, encodeSizedPublic),
  },
  { name: 'TPMS_ATTEST of a quote', sample: QUOTE, again: attest },
  { name: 'TPMS_ATTEST of a certification', sample: CERTIFY, again: attest },
  { name: 'TPMT_SIGNATURE of RSA', sample: RSASSA, again: signature },
  { name: 'TPMT_SIGNATURE of ECDSA', sample: ECDSA, again: signature },
  {
    name: 'TPML_PCR_SELECTION',
    sample: encodePcrSelections([pcrSelection('sha256', [1, 23]), pcrSelection('sha384', [])]),
    again: selections,
  },
  { name: 'TPML_DIGEST', sample: encodeDigestList([filled(32, 1), filled(0, 0)]), again: digests },
];

function refusal(read: () => unknown): TpmFormatError {
  try {
    read();
  } catch (error) {
    if (error instanceof TpmFormatError) return error;
    throw error;
  }
  throw new Error('was read');
}

/** Either refused with a code or read without loss: no two encodings of one value, nothing skipped. */
function expectCanonical(format: Format, bytes: Bytes): void {
  let encoded: Bytes;
  try {
    encoded = format.again(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(TpmFormatError);
    return;
  }
  expect(encoded).toEqual(bytes);
}

describe.each(FORMATS)('malformed $name', (format) => {
  it('S09 is refused truncated at every byte', () => {
    for (const cut of truncations(format.sample)) {
      expect(refusal(() => format.again(cut))).toMatchObject({ code: 'malformed', outcome: 'input' });
    }
  });

  it('S09 is refused with bytes behind its end', () => {
    for (const tail of [filled(1, 0), filled(1, 0xff), format.sample]) {
      const longer = Uint8Array.from([...format.sample, ...tail]);
      expect(refusal(() => format.again(longer)).code).toBe('malformed');
    }
  });

  it('S09 with any bit flipped is refused, or is another value with these very bytes', () => {
    for (const flipped of bitFlips(format.sample)) expectCanonical(format, flipped);
  });

  it('S09 mutated at random gives coded refusals only, in bounded time', { timeout: 5_000 }, () => {
    for (const mutated of mutations(format.sample, 9, 2_000)) expectCanonical(format, mutated);
  });
});

/** `hex` in parts, so that the wrong field stands out. */
const REFUSED: readonly [
  name: string,
  decode: (bytes: Bytes) => unknown,
  code: TpmFormatErrorCode,
  hex: string,
][] = [
  ['object type symmetric cipher', decodePublic, 'unsupported', '0025 000b 00000000 0000'],
  ['name algorithm null', decodePublic, 'unsupported', '0008 0010 00000000 0000 0010 0000'],
  ['reserved attribute bit 0', decodePublic, 'malformed', '0008 000b 00000001 0000 0010 0000'],
  ['reserved attribute bit 31', decodePublic, 'malformed', '0008 000b 80000000 0000 0010 0000'],
  [
    'policy digest of another hash',
    decodePublic,
    'malformed',
    `0008 000b 00000000 0014${'00'.repeat(20)} 0010 0000`,
  ],
  ['policy digest over 64 bytes', decodePublic, 'malformed', '0008 000b 00000000 ffff'],
  ['keyed hash scheme XOR', decodePublic, 'unsupported', '0008 000b 00000000 0000 000a 000b 0020 0000'],
  ['symmetric algorithm Camellia', decodePublic, 'unsupported', '0001 000b 00000000 0000 0026 0080 0043'],
  ['AES key of zero bits', decodePublic, 'unsupported', '0001 000b 00000000 0000 0006 0000 0043'],
  ['AES in CTR', decodePublic, 'unsupported', '0001 000b 00000000 0000 0006 0080 0040'],
  ['RSA scheme RSAES', decodePublic, 'unsupported', '0001 000b 00000000 0000 0010 0015 0800'],
  ['RSA scheme ECDSA', decodePublic, 'unsupported', '0001 000b 00000000 0000 0010 0018 000b 0800'],
  [
    'RSA key of zero bits',
    decodePublic,
    'unsupported',
    '0001 000b 00000000 0000 0010 0010 0000 00000000 0000',
  ],
  [
    'RSA modulus shorter than the key',
    decodePublic,
    'malformed',
    '0001 000b 00000000 0000 0010 0010 0800 00000000 0001 01',
  ],
  [
    'RSA modulus over the key',
    decodePublic,
    'malformed',
    '0001 000b 00000000 0000 0010 0010 0400 00000000 0081',
  ],
  ['curve P-521', decodePublic, 'unsupported', '0023 000b 00000000 0000 0010 0010 0005 0010 0000 0000'],
  ['ECC with a KDF scheme', decodePublic, 'unsupported', '0023 000b 00000000 0000 0010 0010 0003 0020 000b'],
  [
    'coordinate longer than the curve',
    decodePublic,
    'malformed',
    '0023 000b 00000000 0000 0010 0010 0003 0010 0021',
  ],
  ['TPM2B_PUBLIC of size zero', decodeSizedPublic, 'malformed', '0000'],
  ['attestation of time', decodeAttest, 'unsupported', `ff544347 8019 0000 0000 ${'00'.repeat(25)}`],
  [
    'clock that is neither safe nor unsafe',
    decodeAttest,
    'malformed',
    `ff544347 8018 0000 0000 ${'00'.repeat(16)} 02`,
  ],
  ['extra data over 66 bytes', decodeAttest, 'malformed', `ff544347 8018 0000 0043 ${'00'.repeat(67)}`],
  ['signature scheme null', decodeSignature, 'unsupported', '0010'],
  ['signature scheme HMAC', decodeSignature, 'unsupported', '0005 000b'],
  ['signature with hash null', decodeSignature, 'unsupported', '0014 0010 0000'],
  ['RSA signature over 512 bytes', decodeSignature, 'malformed', '0014 000b 0201'],
  ['ECDSA number over 66 bytes', decodeSignature, 'malformed', '0018 000b 0043'],
  ['17 PCR banks', decodePcrSelections, 'too-large', '00000011'],
  ['2³²−1 PCR banks', decodePcrSelections, 'too-large', 'ffffffff'],
  ['bank of an unknown hash', decodePcrSelections, 'unsupported', '00000001 abcd 03 000000'],
  ['bit map of no bytes', decodePcrSelections, 'malformed', '00000001 000b 00'],
  ['bit map of five bytes', decodePcrSelections, 'malformed', '00000001 000b 05 0000000000'],
  ['nine digests', decodeDigestList, 'too-large', '00000009'],
  ['digest over 64 bytes', decodeDigestList, 'malformed', `00000001 0041 ${'00'.repeat(65)}`],
];

describe('refused structures', () => {
  it.each(REFUSED)('S09 %s', (_name, decode, code, hex) => {
    expect(refusal(() => decode(fromHex(hex.replaceAll(' ', '')))).code).toBe(code);
  });

  it('a PCR outside the bit map cannot be encoded', () => {
    for (const pcr of [24, -1, 1.5, Number.NaN]) {
      const encode = () => encodePcrSelections([{ bank: 'sha256', pcrs: [pcr], selectSize: 3 }]);
      expect(refusal(encode).code).toBe('malformed');
    }
  });
});
