import { toBase64, toBase64url, toHex, utf8 } from '@asterism/bytes';
import { parseReport } from '@asterism/snp';
import { mintSnp, snpFieldOid, withoutExtension, type MintedSnpMachine } from '@asterism/testkit';
import { mutations, truncations } from '@asterism/testkit/malformed';
import { toPem, type Crl } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { CollateralFormatError } from './errors.ts';
import { readCollateral, type CollateralFile } from './read-collateral.ts';
import { snpCollateralFor } from './select-snp.ts';

let machine: MintedSnpMachine;
let crl: Crl;
beforeAll(async () => {
  machine = await mintSnp();
  crl = await machine.pki.crl();
});

const file = (content: Uint8Array | string, name = 'some file'): CollateralFile => ({
  name,
  bytes: typeof content === 'string' ? utf8(content) : content,
});
const chainPem = () => machine.intermediates.map(({ der }) => toPem(der)).join('');
const subjects = async (...files: CollateralFile[]) =>
  (await readCollateral(files)).certificates.map(({ subject }) => subject.text.split('CN=')[1]);

describe('readCollateral', () => {
  it.each<[string, () => Uint8Array | string]>([
    ['DER', () => machine.leaf.der],
    ['PEM', () => toPem(machine.leaf.der)],
    [
      'PEM with text around it and a byte-order mark',
      () => `\ufeffsubject=x\r\n${toPem(machine.leaf.der)}\r\n`,
    ],
    ['PEM in percent-encoding', () => `Issuer-Chain: ${encodeURIComponent(toPem(machine.leaf.der))}`],
    ['hexadecimal', () => `${toHex(machine.leaf.der)}\n`],
    ['hexadecimal in quotes', () => JSON.stringify(toHex(machine.leaf.der).toUpperCase())],
    ['base64', () => toBase64(machine.leaf.der)],
    ['base64 in lines', () => (toBase64(machine.leaf.der).match(/.{1,76}/g) ?? []).join('\r\n')],
  ])('reads a certificate in %s', async (_, content) => {
    expect(await subjects(file(content()))).toEqual(['SEV-VCEK']);
  });

  it.each<[string, () => Uint8Array | string]>([
    ['DER', () => crl.der],
    ['PEM', () => toPem(crl.der, 'X509 CRL')],
    ['hexadecimal', () => toHex(crl.der)],
    ['base64', () => toBase64(crl.der)],
  ])('reads a revocation list in %s', async (_, content) => {
    const { crls, certificates } = await readCollateral([file(content())]);
    expect(crls.map(({ der }) => der)).toEqual([crl.der]);
    expect(certificates).toEqual([]);
  });

  it('reads blocks of several kinds from one file', async () => {
    const { certificates, crls } = await readCollateral([file(chainPem() + toPem(crl.der, 'X509 CRL'))]);
    expect([certificates.length, crls.length]).toEqual([2, 1]);
  });

  it("reads what Azure's metadata service hands a guest", async () => {
    const json = {
      vcekCert: toPem(machine.leaf.der),
      certificateChain: chainPem(),
      tcbm: 'DB18000000000004',
    };
    expect(await subjects(file(JSON.stringify(json)))).toEqual(['SEV-VCEK', 'SEV-Milan', 'ARK-Milan']);
  });

  it('reads an answer that was saved with its headers', async () => {
    const header = `x-chain: ${encodeURIComponent(chainPem())}`;
    const saved = `HTTP/1.1 200 OK\r\n${header}\r\n\r\n${toPem(machine.leaf.der)}`;
    expect(await subjects(file(saved))).toEqual(['SEV-Milan', 'ARK-Milan', 'SEV-VCEK']);
  });

  it('reads a bundle of ours', async () => {
    const fetchedAt = '2026-06-01T00:00:00.000Z';
    const made = { key: 'Milan/VCEK', fetchedAt, source: 'vendor.example' };
    const items = [
      { kind: 'amd-chain', ...made, content: toBase64url(utf8(chainPem())), issuerChain: null },
      { kind: 'amd-crl', ...made, content: toBase64url(crl.der), issuerChain: chainPem() },
    ];
    const bundle = file(JSON.stringify({ schema: 'asterism/collateral/v1', items }));
    const { certificates, crls } = await readCollateral([bundle]);
    expect([certificates.length, crls.length]).toEqual([2, 1]);
  });

  it('takes a certificate that is in several files once, because a chain with one twice is refused', async () => {
    expect(await subjects(file(chainPem()), file(machine.pki.ark.certificate.der))).toEqual([
      'SEV-Milan',
      'ARK-Milan',
    ]);
  });

  it.each<[string, string, Uint8Array | string]>([
    ['an empty file', 'collateral-unknown', ''],
    ['prose', 'collateral-unknown', 'this is not collateral'],
    ['bytes', 'collateral-unknown', Uint8Array.of(0xff, 0xfe, 0)],
    ['a private key', 'collateral-unknown', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['JSON of another layout', 'collateral-unknown', '{"a":1}'],
    ['broken JSON', 'collateral-malformed', '{"tcbInfo":'],
    ['a signed document that is none', 'collateral-malformed', '{"tcbInfo":{},"signature":"00"}'],
    [
      'a bundle with other members',
      'collateral-malformed',
      '{"schema":"asterism/collateral/v1","items":[{}]}',
    ],
    [
      'certificates of Azure that are no texts',
      'collateral-malformed',
      '{"vcekCert":1,"certificateChain":""}',
    ],
    [
      'a saved answer with a broken header',
      'collateral-malformed',
      'HTTP/1.1 200 OK\nx: -----BEGIN%20X%ZZ\n\n{}',
    ],
    ['a saved answer without a body', 'collateral-unknown', 'HTTP/1.1 404 Not Found\r\n'],
    ['a cut certificate', 'collateral-malformed', Uint8Array.of(0x30, 0x82, 0x01)],
    ['a broken PEM block', 'collateral-malformed', '-----BEGIN CERTIFICATE-----\nA\n'],
    ['broken percent-encoding', 'collateral-malformed', '-----BEGIN%20CERTIFICATE-----%ZZ'],
  ])('names the file that holds %s', async (_, code, content) => {
    const read = readCollateral([file(machine.leaf.der), file(content, 'folder/odd.bin')]);
    await expect(read).rejects.toThrow(CollateralFormatError);
    await expect(read).rejects.toMatchObject({ code, message: expect.stringContaining('folder/odd.bin: ') });
  });

  it('passes over what a folder holds besides, and tells it', async () => {
    const other = { ...file('notes', 'notes.txt'), inFolder: true };
    const cut = { ...file('{"tcbInfo":', 'cut.json'), inFolder: true };
    const lines = { ...file('{"event":1}\n{"event":2}', 'log.jsonl'), inFolder: true };
    const broken = { ...file(Uint8Array.of(0x30, 0x82, 1), 'cut.der'), inFolder: true };
    const given = [other, cut, lines, broken, file(machine.leaf.der)];
    const { certificates, skipped } = await readCollateral(given);
    expect(certificates).toHaveLength(1);
    expect(skipped.map(({ name, code, isDocument }) => [name, code, isDocument])).toEqual([
      ['notes.txt', 'collateral-unknown', false],
      ['cut.json', 'collateral-malformed', true],
      ['log.jsonl', 'collateral-malformed', false],
      ['cut.der', 'collateral-malformed', false],
    ]);
    expect(skipped[0]?.reason).toContain('notes.txt: ');
  });

  it('S09 bounds files, and their number', async () => {
    const large = file(new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20), 'large');
    await expect(readCollateral([large])).rejects.toMatchObject({ code: 'collateral-too-large' });
    const many = Array.from({ length: 1025 }, () => file(crl.der));
    await expect(readCollateral(many)).rejects.toMatchObject({ code: 'collateral-too-large' });
  });

  it('S09 gives coded refusals for every cut and for seeded damage', async () => {
    const texts = [
      machine.leaf.der,
      utf8(chainPem()),
      utf8(JSON.stringify({ tcbInfo: {}, signature: 'aa' })),
    ];
    for (const bytes of texts) {
      for (const damaged of [...truncations(bytes), ...mutations(bytes, 7, 300)]) {
        try {
          await readCollateral([{ name: 'damaged', bytes: damaged }]);
        } catch (error) {
          expect(error).toBeInstanceOf(CollateralFormatError);
        }
      }
    }
  });
});

const none = { certificates: [], crls: [], tdx: [] };

describe('snpCollateralFor', () => {
  it('takes the certificate of the chip and version among those of others', async () => {
    const [other, newer] = [await mintSnp(), await machine.updated({ ...machine.tcb, snp: 9 })];
    const report = parseReport(await machine.report());
    const all = [other.leaf, newer.leaf, machine.leaf, ...machine.intermediates];
    const { certificates } = await readCollateral(all.map(({ der }) => file(der)));
    const found = snpCollateralFor(report, [], { certificates, crls: [crl], tdx: [] });
    expect(found.leaf?.der).toEqual(machine.leaf.der);
    expect(found.intermediates.map(({ der }) => der)).toEqual(machine.intermediates.map(({ der }) => der));
    expect(found.crls).toEqual([crl]);
  });

  it('S12 takes the certificate of another chip where there is none of this one, so that it is told', async () => {
    const other = await mintSnp();
    const report = parseReport(await machine.report());
    const certificates = [other.leaf, ...other.intermediates];
    expect(snpCollateralFor(report, certificates, { certificates: [], crls: [], tdx: [] }).leaf).toBe(
      other.leaf,
    );
  });

  it("takes another product's chain where there is none of this one, so that it is told", async () => {
    const genoa = await mintSnp({ product: 'Genoa' });
    const report = parseReport(await machine.report());
    const found = snpCollateralFor(report, [machine.leaf, ...genoa.intermediates], {
      certificates: [],
      crls: [await genoa.pki.crl()],
      tdx: [],
    });
    expect(found.intermediates).toEqual(genoa.intermediates);
  });

  it('S12 takes a certificate whose fields cannot be read, so that it is told', async () => {
    const spoilt = await mintSnp({ leaf: withoutExtension(snpFieldOid('productName')) });
    const report = parseReport(await spoilt.report());
    const found = snpCollateralFor(report, [spoilt.leaf], { ...none, certificates: spoilt.intermediates });
    expect(found.leaf).toBe(spoilt.leaf);
    const better = snpCollateralFor(report, [spoilt.leaf, machine.leaf], {
      ...none,
      certificates: spoilt.intermediates,
    });
    expect(better.leaf).toBe(machine.leaf);
  });

  it('finds nothing where nothing is', async () => {
    const report = parseReport(await machine.report());
    expect(snpCollateralFor(report, [], { certificates: [], crls: [crl], tdx: [] })).toEqual({
      leaf: undefined,
      intermediates: [],
      crls: [],
    });
  });
});
