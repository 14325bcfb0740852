import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { concat, sha256, toHex, Writer, type Bytes } from '@asterism/bytes';
import { cutPadding, parseCertificate, parsePem } from '@asterism/x509';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AZURE_VTPM_ROOTS,
  decodeAttest,
  encodeHclReport,
  HCL_LAYOUT,
  parseHclReport,
  parseRuntimeData,
  runtimeDataHash,
  toHclAkPublic,
  toSpki,
  toTpmName,
  verifyAkCertificate,
  verifyHclAttestationKey,
  verifyRuntimeDataBinding,
  type HclReport,
} from '../index.ts';

interface Vector {
  readonly id: string;
  readonly family: string;
  readonly verifyAt: string | null;
  readonly files: readonly { readonly path: string }[];
  readonly expected: {
    readonly checks?: Readonly<Record<string, boolean>>;
    readonly fields?: Readonly<Record<string, unknown>>;
  };
}

const vectors = VECTORS_PRESENT
  ? (JSON.parse(readFileSync(join(VECTORS, 'MANIFEST.json'), 'utf8')) as Vector[]).filter(({ id }) =>
      existsSync(join(VECTORS, id, 'hcl-report.bin')),
    )
  : [];
const bytesOf = (...path: string[]): Bytes => new Uint8Array(readFileSync(join(VECTORS, ...path)));
const has = ({ id }: Vector, file: string) => existsSync(join(VECTORS, id, file));
const hclOf = ({ id }: Vector): HclReport => parseHclReport(bytesOf(id, 'hcl-report.bin'));
const certificateOf = (...path: string[]) =>
  parseCertificate(parsePem(new TextDecoder().decode(bytesOf(...path)))[0] ?? new Uint8Array());

/** Report data of an SNP report (AMD 56860, table 23) and of a TDREPORT (Intel 348551, REPORTMACSTRUCT). */
function reportDataOf({ reportType, hardwareReport }: HclReport): Bytes {
  return reportType === 'SNP' ? hardwareReport.slice(0x50, 0x90) : hardwareReport.slice(128, 192);
}

/** Report data of a TD quote of version 4: the last field of the body, behind the header of 48 bytes. */
const quoteReportDataOf = ({ id }: Vector) => bytesOf(id, 'td-quote.bin').slice(48 + 520, 48 + 584);

const holds = (promise: Promise<unknown>) =>
  promise.then(
    () => true,
    (error: unknown) => (error as { code: string }).code,
  );

/** Outcomes under the names of the manifest's checks; those that another room decides are left out. */
const CHECKS: Readonly<Record<string, (vector: Vector) => unknown>> = {
  runtimeDataHashInReportData: (vector) =>
    holds(verifyRuntimeDataBinding(hclOf(vector), reportDataOf(hclOf(vector)))),
  runtimeDataHashInTdReport: (vector) =>
    holds(verifyRuntimeDataBinding(hclOf(vector), reportDataOf(hclOf(vector)))),
  runtimeDataHashInTdQuote: (vector) =>
    holds(verifyRuntimeDataBinding(hclOf(vector), quoteReportDataOf(vector))),
  akCertMatchesHCLAkPub: (vector) => {
    const { akPublic } = parseRuntimeData(hclOf(vector).runtimeData);
    const { spki } = parseCertificate(bytesOf(vector.id, 'ak-cert.der'));
    return toHex(spki) === toHex(toSpki(toHclAkPublic(akPublic)));
  },
  akCertChain: ({ id }) =>
    holds(
      verifyAkCertificate({
        cloud: 'azure',
        leaf: parseCertificate(bytesOf(id, 'ak-cert.der')),
        intermediates: ['ak-intermediate-0.pem', 'ak-root.pem'].map((file) => certificateOf(id, file)),
        roots: AZURE_VTPM_ROOTS,
        at: new Date('2026-02-18T14:04:40Z'),
      }),
    ),
};
/** What a check that fails is refused with. */
const REFUSAL: Readonly<Record<string, string>> = {
  runtimeDataHashInReportData: 'runtime-data-mismatch',
  runtimeDataHashInTdReport: 'runtime-data-mismatch',
  runtimeDataHashInTdQuote: 'runtime-data-mismatch',
  // The CA of another number has another name.
  akCertChain: 'issuer-missing',
};

const broken = ({ expected }: Vector) => expected.checks?.['runtimeDataParses'] === false;

describe.skipIf(!VECTORS_PRESENT)('HCL reports of real machines', () => {
  it.each(vectors)('$id has the fields of the manifest', async (vector) => {
    const report = hclOf(vector);
    const fields = vector.expected.fields ?? {};
    const { version, reportSize, requestType, status, dataSize, dataVersion, reportType, hashType } = report;
    expect({
      signature: 'HCLA',
      ...{ version, reportSize, requestType, status, dataSize, dataVersion, reportType, hashType },
      varDataSize: report.runtimeData.length,
      offsets: {
        hwReport: HCL_LAYOUT.hardwareReport,
        hwReportSlot: HCL_LAYOUT.hardwareReportSlot,
        runtimeDataHeader: HCL_LAYOUT.runtimeDataHeader,
        runtimeData: HCL_LAYOUT.runtimeData,
      },
    }).toEqual(fields['hcl']);
    expect(toHex(await runtimeDataHash(report))).toBe(fields['runtimeDataDigest']);
    if (broken(vector)) return;
    const { vmConfiguration, userData } = parseRuntimeData(report.runtimeData);
    expect(vmConfiguration.stated).toEqual(fields['vmConfiguration']);
    expect(vmConfiguration).toMatchObject({
      consoleEnabled: vmConfiguration.stated['console-enabled'],
      secureBoot: vmConfiguration.stated['secure-boot'],
      tpmEnabled: vmConfiguration.stated['tpm-enabled'],
      vmUniqueId: vmConfiguration.stated['vmUniqueId'],
    });
    expect(toHex(userData)).toBe(fields['userData']);
  });

  it.each(vectors)('$id encodes to the bytes it was read from', (vector) => {
    expect(encodeHclReport(hclOf(vector))).toEqual(bytesOf(vector.id, 'hcl-report.bin'));
  });

  const checks = vectors.flatMap((vector) =>
    Object.keys(CHECKS)
      .filter((check) => vector.expected.checks?.[check] !== undefined)
      .map((check) => ({ id: vector.id, check, good: vector.expected.checks?.[check], vector })),
  );
  it.each(checks)('$id: $check is $good', async ({ check, good, vector }) => {
    expect(await CHECKS[check]?.(vector)).toBe(good === true ? true : (REFUSAL[check] ?? false));
  });

  it('S09 azure-snp-vtpm/neg-akpub-broken: runtime data that is not JSON is malformed', () => {
    const [vector] = vectors.filter(broken);
    if (vector === undefined) throw new Error('no such vector');
    expect(() => parseRuntimeData(hclOf(vector).runtimeData)).toThrow(
      expect.objectContaining({ name: 'TpmFormatError', code: 'malformed' }),
    );
  });

  /** Qualified name (TPM 2.0 Part 1 §16) of a primary key of the endorsement hierarchy, TPM_RH_ENDORSEMENT. */
  const qualifiedName = async (name: Bytes) =>
    concat(
      Uint8Array.of(0x00, 0x0b),
      await sha256(concat(new Writer('big').u32(0x4000_000b).finish(), name)),
    );

  const quoted = vectors.filter(
    (vector) =>
      has(vector, 'tpm-quote.msg') && !broken(vector) && !vector.id.includes('neg-quote-of-other-vm'),
  );
  it.each(quoted)('$id: the quote names the public area that the key is taken to have', async (vector) => {
    const area = toHclAkPublic(parseRuntimeData(hclOf(vector).runtimeData).akPublic);
    const { qualifiedSigner } = decodeAttest(bytesOf(vector.id, 'tpm-quote.msg'));
    expect(qualifiedSigner).toEqual(await qualifiedName(await toTpmName(area)));
  });

  it('S05 an attestation key that is not HCLAkPub is refused, be it of the same VM', () => {
    const [first, second] = quoted.map((vector) => parseRuntimeData(hclOf(vector).runtimeData));
    if (first === undefined || second === undefined) throw new Error('no vectors');
    verifyHclAttestationKey(toHclAkPublic(first.akPublic), first.akPublic);
    for (const other of [second.akPublic, first.ekPublic ?? second.akPublic]) {
      expect(() => verifyHclAttestationKey(toHclAkPublic(other), first.akPublic)).toThrow(
        expect.objectContaining({ name: 'TpmNotGenuineError', code: 'ak-mismatch' }),
      );
    }
  });
});

describe.skipIf(!VECTORS_PRESENT)('attestation key certificates of Azure', () => {
  const folder = 'azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03';

  it('the one in the NV index is the certificate and zeros', () => {
    const padded = bytesOf(folder, 'ak-cert-as-read-from-nv.bin');
    expect(padded.length).toBe(4096);
    expect(cutPadding(padded)).toEqual(bytesOf(folder, 'ak-cert.der'));
    expect(() => parseCertificate(padded)).toThrow(expect.objectContaining({ code: 'der-trailing-bytes' }));
  });

  it.each(['ak-0.pem', 'ak-1.pem'])('azure-tdx-vtpm/ak-certificates-openpcc/%s is genuine', async (file) => {
    const id = 'azure-tdx-vtpm/ak-certificates-openpcc';
    const request = {
      cloud: 'azure',
      leaf: certificateOf(id, file),
      intermediates: [certificateOf(id, 'intermediate.pem'), certificateOf(id, 'root.pem')],
      at: new Date('2025-12-15T00:00:00Z'),
    } as const;
    const { chain, instance } = await verifyAkCertificate({ ...request, roots: AZURE_VTPM_ROOTS });
    expect(chain.anchor).toEqual(AZURE_VTPM_ROOTS[0]);
    expect(chain.leaf.subject.text).toMatch(/ConfidentialVM\.Azure\.windows\.net$/);
    expect(instance).toBeNull();
    expect(await holds(verifyAkCertificate({ ...request, roots: [] }))).toBe('anchor-unknown');
    const late = { ...request, roots: AZURE_VTPM_ROOTS, at: new Date('2026-11-01T00:00:00Z') };
    expect(await holds(verifyAkCertificate(late))).toBe('expired');
  });

  it('an intermediate is not an attestation key', async () => {
    const id = 'trust-anchors/azure-vtpm';
    const request = {
      cloud: 'azure',
      leaf: certificateOf(id, 'global-virtual-tpm-ca-03.pem'),
      intermediates: [certificateOf(id, 'azure-virtual-tpm-root-2023.pem')],
      roots: AZURE_VTPM_ROOTS,
      at: new Date('2025-12-15T00:00:00Z'),
    } as const;
    expect(await holds(verifyAkCertificate(request))).toBe('key-usage');
  });
});
