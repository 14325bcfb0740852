import { concat, copyBytes, type Bytes } from '@asterism/bytes';
import {
  bitFlips,
  commonName,
  MINT_NOT_AFTER,
  mintChain,
  mintCrl,
  mutations,
  truncations,
  withExtension,
  type ChainOptions,
  type MintedChain,
} from '@asterism/testkit';
import {
  derElement,
  derUnsignedInteger,
  ecdsaDerToRaw,
  parsePublicKey,
  type Extension,
} from '@asterism/x509';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeCertificateTable,
  encodeReport,
  parseCertificateTable,
  parseReport,
  SnpInputError,
  VerifiedSnpReport,
  verifyReport,
  type ReportRequest,
} from '../index.ts';

const ARC = '1.3.6.1.4.1.3704.1';
const extension = (oid: string, value: Bytes): Extension => ({
  oid: `${ARC}.${oid}`,
  critical: false,
  value,
});
const number = (oid: string, value: number) => extension(oid, derUnsignedInteger(value));
const CHIP = Uint8Array.from({ length: 64 }, (_, at) => at + 1);
const FIELDS: readonly Extension[] = [
  number('1', 0),
  extension('2', derElement(0x16, new TextEncoder().encode('Milan-B0'))),
  number('3.1', 4),
  number('3.2', 1),
  number('3.3', 24),
  number('3.8', 219),
  extension('4', CHIP),
];

/** The chain of a VCEK of Milan's, down to the names, but for what the options spoil. */
const mint = (options: ChainOptions = {}): Promise<MintedChain> =>
  mintChain({
    keys: { leaf: 'ecdsa-p384', issuers: 'rsa-pss-sha384' },
    root: () => ({ subject: commonName('ARK-Milan'), issuer: commonName('ARK-Milan') }),
    intermediate: () => ({ subject: commonName('SEV-Milan') }),
    leafExtensions: FIELDS,
    leaf: () => ({ subject: commonName('SEV-VCEK') }),
    ...options,
  });

/** Signed part of a version 3 report of the chip. */
function body(): Bytes {
  const bytes = new Uint8Array(0x2a0);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x00, 3, true);
  view.setBigUint64(0x08, 0x30000n, true);
  view.setUint32(0x34, 1, true);
  for (const at of [0x38, 0x180, 0x1e0, 0x1f0]) bytes.set([4, 1, 0, 0, 0, 0, 24, 219], at);
  bytes.set([0x19, 1, 1], 0x188);
  bytes.set(CHIP, 0x1a0);
  return bytes;
}

async function sign(signed: Uint8Array, chain: MintedChain): Promise<Bytes> {
  const raw = ecdsaDerToRaw(await chain.leafKey.sign(signed), 'P-384');
  const r = raw.slice(0, 48).reverse();
  const s = raw.slice(48).reverse();
  return concat(signed, r, new Uint8Array(24), s, new Uint8Array(24 + 368));
}

const edited = (at: number, ...values: number[]): Bytes => {
  const bytes = body();
  bytes.set(values, at);
  return bytes;
};

let chain: MintedChain;
let report: Bytes;
beforeAll(async () => {
  chain = await mint();
  report = await sign(body(), chain);
}, 30_000);

const requestOf = (of: MintedChain, bytes: Uint8Array): ReportRequest => ({
  report: bytes,
  leaf: of.leaf,
  intermediates: of.intermediates,
  roots: of.anchors.map(({ spkiSha256 }) => ({ product: 'Milan', name: 'ARK-Milan', spkiSha256 })),
  at: of.at,
});
const outcome = (request: ReportRequest) =>
  verifyReport(request).then(
    () => 'genuine',
    (error: unknown) => {
      const { code, cause } = error as { code: string; cause?: { code?: string } };
      return code === 'chain-refused' ? `chain-refused: ${cause?.code}` : code;
    },
  );

describe('verifyReport', () => {
  it('makes a verified report, and nobody else does', async () => {
    const verified = await verifyReport(requestOf(chain, report));
    expect(VerifiedSnpReport.isGenuine(verified)).toBe(true);
    expect(VerifiedSnpReport.isGenuine({ ...verified })).toBe(false);
    expect(parsePublicKey(verified.chain.leaf.spki)).toMatchObject({ curve: 'P-384' });
  });

  it.each([
    ['tcb-mismatch', 0x180, [5]],
    ['chip-id-mismatch', 0x1a0, [9]],
    ['product-mismatch', 0x188, [0x19, 0x11]],
    ['signing-key-mismatch', 0x48, [4]],
    ['report-unsigned', 0x48, [2]],
  ] as const)('S12 %s: a signed report that differs from its certificate', async (code, at, values) => {
    expect(await outcome(requestOf(chain, await sign(edited(at, ...values), chain)))).toBe(code);
  });

  it('S12 a root of another product vouches for no Milan', async () => {
    const request = requestOf(chain, report);
    const roots = request.roots.map((root) => ({ ...root, product: 'Genoa' as const }));
    expect(await outcome({ ...request, roots })).toBe('certificate-names');
  });

  it('S12 refuses a chain whose issuers are of another product or kind than the leaf says', async () => {
    const genoa = await mint({
      root: () => ({ subject: commonName('ARK-Genoa'), issuer: commonName('ARK-Genoa') }),
      intermediate: () => ({ subject: commonName('SEV-Genoa') }),
    });
    const request = requestOf(genoa, await sign(body(), genoa));
    const roots = request.roots.map((root) => ({ ...root, product: 'Genoa' as const, name: 'ARK-Genoa' }));
    expect(await outcome({ ...request, roots })).toBe('product-mismatch');
    const vlek = await mint({
      intermediate: () => ({ subject: commonName('SEV-VLEK-Milan') }),
      leaf: () => ({ subject: commonName('SEV-VLEK') }),
    });
    expect(await outcome(requestOf(vlek, await sign(body(), vlek)))).toBe('signing-key-mismatch');
  }, 20_000);

  it('S11 refuses a chain out of date, without anchors, or with a root of another name', async () => {
    const request = requestOf(chain, report);
    const late = new Date(MINT_NOT_AFTER.getTime() + 1000);
    expect(await outcome({ ...request, at: late })).toBe('chain-refused: expired');
    expect(await outcome({ ...request, roots: [] })).toBe('chain-refused: anchor-unknown');
    const roots = request.roots.map((root) => ({ ...root, name: 'ARK-Turin' }));
    expect(await outcome({ ...request, roots })).toBe('certificate-names');
  });

  it('S11 refuses issuers that do not sign with RSA-PSS', async () => {
    const other = await mint({ keys: 'ecdsa-p384' });
    expect(await outcome(requestOf(other, await sign(body(), other)))).toBe('algorithm-refused');
  });

  it('S12 refuses a provider in the certificate of a chip', async () => {
    const csp = extension('5', derElement(0x16, new TextEncoder().encode('CN=x')));
    const both = await mint({
      leaf: (genuine) => ({ ...withExtension(csp)(genuine), subject: commonName('SEV-VCEK') }),
    });
    expect(await outcome(requestOf(both, await sign(body(), both)))).toBe('certificate-fields-malformed');
  }, 20_000);

  it('S11 looks the ASK up in the list of the ARK, and says when there was none', async () => {
    const request = requestOf(chain, report);
    const ark = chain.issuers[1];
    if (ark === undefined) throw new Error('no root');
    expect((await verifyReport(request)).facts).toEqual(['revocation-unchecked']);
    expect((await verifyReport({ ...request, crls: [await mintCrl(ark)] })).facts).toEqual([]);
    expect(await outcome({ ...request, requireCrl: true })).toBe('crl-missing');
    expect(await outcome({ ...request, crls: [await mintCrl(ark, { revoked: [101] })] })).toBe(
      'chain-refused: revoked',
    );
  });
});

describe('malformed reports', () => {
  it('S09 refuses every truncation', () => {
    for (const cut of truncations(report)) expect(() => parseReport(cut)).toThrow(SnpInputError);
  });

  it('S09 refuses every bit that is flipped', async () => {
    const request = requestOf(chain, report);
    for (const flipped of bitFlips(report)) {
      expect(await outcome({ ...request, report: flipped })).not.toBe('genuine');
    }
  }, 60_000);

  it('S09 reads a mutation to the same bytes or refuses it', () => {
    for (const changed of mutations(report, 7, 3000)) {
      try {
        expect(encodeReport(parseReport(changed))).toEqual(changed);
      } catch (error) {
        if (!(error instanceof SnpInputError)) throw error;
      }
    }
  });

  it('encodes what it read, whatever the guest and host chose', () => {
    const chosen = fc.uint8Array({ minLength: 0x138, maxLength: 0x138 });
    fc.assert(
      fc.property(chosen, fc.constantFrom(3, 4, 5), (bytes, version) => {
        const changed = copyBytes(report);
        changed.set([version], 0);
        changed.set(bytes.subarray(0, 0x130), 0x50);
        expect(encodeReport(parseReport(changed))).toEqual(changed);
      }),
      { seed: 1 },
    );
  });
});

describe('certificate table', () => {
  const table = encodeCertificateTable([
    { guid: '63da758d-e664-4564-adc5-f4b93be8accd', data: Uint8Array.of(1, 2, 3) },
    { guid: 'c0b406a4-a803-4952-9743-3fb6014cd0ae', data: Uint8Array.of(4) },
  ]);

  it('reads what it wrote, with the octets of a GUID in the order of its text', () => {
    expect([...table.subarray(0, 4)]).toEqual([0x63, 0xda, 0x75, 0x8d]);
    expect(encodeCertificateTable(parseCertificateTable(table))).toEqual(table);
  });

  it('S09 refuses every truncation, rows that overlap and GUIDs that are there twice', () => {
    for (const cut of truncations(table)) expect(() => parseCertificateTable(cut)).toThrow(SnpInputError);
    const overlapping = copyBytes(table);
    overlapping.set([72], 24 + 16);
    expect(() => parseCertificateTable(overlapping)).toThrow(SnpInputError);
    const twice = copyBytes(table);
    twice.set(table.subarray(0, 16), 24);
    expect(() => parseCertificateTable(twice)).toThrow(SnpInputError);
  });
});
