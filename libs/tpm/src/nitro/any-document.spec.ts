import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCoseSign1, NITRO_PROTECTED_HEADER } from './cose-sign1.ts';
import { encodeNitroDocument } from './encode-nitro-document.ts';
import type { NitroDocument } from './nitro-document.ts';
import { parseNitroDocument } from './parse-nitro-document.ts';

describe('any document', () => {
  const blob = (least: number, most: number) =>
    fc.uint8Array({ minLength: least, maxLength: most }).map((value) => new Uint8Array(value));
  const optional = (least: number, most: number) => fc.option(blob(least, most), { nil: null });
  const document: fc.Arbitrary<NitroDocument> = fc.record({
    kind: fc.constantFrom('enclave', 'nitro-tpm'),
    moduleId: fc.string({ minLength: 1, maxLength: 64 }),
    digest: fc.constant('SHA384'),
    timestamp: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 }),
    pcrs: fc
      .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 31 }), blob(48, 48)), {
        minLength: 1,
        selector: ([pcr]) => pcr,
      })
      .map((entries) => new Map(entries)),
    certificate: blob(1, 1024),
    cabundle: fc.array(blob(1, 1024), { minLength: 1, maxLength: 7 }),
    publicKey: optional(1, 1024),
    userData: optional(0, 512),
    nonce: optional(0, 512),
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(document, (value) => {
        const payload = encodeNitroDocument(value);
        const signature = new Uint8Array(96);
        const sign1 = { tagged: false, protectedHeader: NITRO_PROTECTED_HEADER, payload, signature };
        expect(parseNitroDocument(encodeCoseSign1(sign1))).toEqual({ sign1, document: value });
      }),
    );
  });
});
