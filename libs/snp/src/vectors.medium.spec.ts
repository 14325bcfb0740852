import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex, type Bytes } from '@asterism/bytes';
import {
  commonNameOf,
  parseCertificate,
  parseCrl,
  parsePem,
  spkiSha256,
  type Certificate,
} from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import {
  AMD_ROOTS,
  encodeReport,
  parseEndorsementFields,
  parseReport,
  SnpError,
  SnpInputError,
  verifyReport,
  type ReportRequest,
  type SnpErrorCode,
  type SnpReport,
  type TcbVersion,
} from './index.ts';

interface Vector {
  readonly id: string;
  readonly family: string;
  readonly verifyAt: string | null;
  readonly expected: {
    readonly outcome: 'accept' | 'reject' | 'parse-only';
    readonly reason?: string;
    readonly failingChecks?: readonly string[];
    /** Genuine, and to be refused by policy. */
    readonly policy?: { readonly outcomeIfDebugAllowed?: string };
    readonly fields?: Readonly<Record<string, unknown>>;
    readonly endorsementKey?: { readonly extensions: Readonly<Record<string, unknown>> };
  };
}

const vectors = VECTORS_PRESENT
  ? (JSON.parse(readFileSync(join(VECTORS, 'MANIFEST.json'), 'utf8')) as Vector[]).filter(
      ({ family }) => family === 'snp',
    )
  : [];
const bytesOf = (path: string): Bytes => new Uint8Array(readFileSync(join(VECTORS, path)));
const reportOf = ({ id }: Vector): Bytes => bytesOf(`${id}/report.bin`);

function certificatesOf({ id }: Vector): { leaf: Certificate; intermediates: Certificate[] } {
  const list = readdirSync(join(VECTORS, id));
  const leaf = list.find((name) => /^v[cl]ek\.der$/.test(name));
  const pems = list.filter((name) => /^(asv?k|ark)\.pem$/.test(name));
  const intermediates = pems.flatMap((name) =>
    parsePem(readFileSync(join(VECTORS, id, name), 'utf8')).map(parseCertificate),
  );
  return { leaf: parseCertificate(bytesOf(`${id}/${leaf}`)), intermediates };
}

const requestOf = (vector: Vector): ReportRequest => ({
  report: reportOf(vector),
  ...certificatesOf(vector),
  roots: AMD_ROOTS,
  at: new Date(vector.verifyAt ?? ''),
});
const verify = (vector: Vector) => verifyReport(requestOf(vector));

const isGenuine = ({ expected }: Vector) =>
  expected.outcome === 'accept' || expected.policy?.outcomeIfDebugAllowed === 'accept';
const isMalformed = ({ expected }: Vector) =>
  expected.reason === 'malformed' || expected.reason === 'unsupported-version';
const isRefused = (vector: Vector) =>
  vector.expected.outcome === 'reject' && !isGenuine(vector) && !isMalformed(vector);

/** Check of the manifest to the findings that say the same. */
const FINDINGS: Readonly<Record<string, readonly SnpErrorCode[]>> = {
  reportSignature: ['signature-invalid'],
  ekSignedByIntermediate: ['chain-refused'],
  tcbMatchesCert: ['tcb-mismatch', 'product-mismatch', 'certificate-fields-malformed'],
  chipIdMatchesCert: ['chip-id-mismatch'],
};

describe.skipIf(!VECTORS_PRESENT)('reports of real machines', () => {
  it.each(vectors.filter(isGenuine))('$id is genuine', async (vector) => {
    const verified = await verify(vector);
    expect(verified.product).toBe(vector.expected.fields?.['product']);
    expect(verified.facts).toEqual(['revocation-unchecked']);
  });

  it.each(vectors.filter(isRefused))('S12 $id is refused for every check that fails', async (vector) => {
    const error: unknown = await verify(vector).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SnpError);
    const codes = (error as SnpError).findings.map(({ code }) => code);
    for (const [check, said] of Object.entries(FINDINGS)) {
      const fails = vector.expected.failingChecks?.includes(check) === true;
      expect({ check, fails: said.some((code) => codes.includes(code)) }).toEqual({ check, fails });
    }
  });

  it.each(vectors.filter(isMalformed))('S09 $id cannot be read', (vector) => {
    const code = vector.expected.reason === 'malformed' ? 'report-malformed' : 'version-unsupported';
    expect(() => parseReport(reportOf(vector))).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => parseReport(reportOf(vector))).toThrow(SnpInputError);
  });

  it.each(vectors.filter(({ expected }) => expected.fields !== undefined))(
    '$id: every field is what the manifest says, and encodes to the same bytes',
    (vector) => {
      const report = parseReport(reportOf(vector));
      const { product, ...fields } = vector.expected.fields ?? {};
      const got = asManifest(report);
      expect(Object.fromEntries(Object.keys(fields).map((name) => [name, got[name]]))).toEqual(fields);
      if (report.version > 2) expect(report.product).toBe(product);
      expect(encodeReport(report)).toEqual(reportOf(vector));
    },
  );

  it.each(vectors.filter((vector) => isGenuine(vector) && vector.expected.endorsementKey !== undefined))(
    "$id: the certificate's fields are what the manifest says",
    (vector) => {
      const { tcb, productName, hwId, cspId } = parseEndorsementFields(certificatesOf(vector).leaf);
      const said = vector.expected.endorsementKey?.extensions ?? {};
      expect({
        productName,
        fmcSPL: tcb.fmc,
        blSPL: tcb.bootloader,
        teeSPL: tcb.tee,
        snpSPL: tcb.snp,
        ucodeSPL: tcb.microcode,
        hwID: hwId === undefined ? undefined : toHex(hwId),
        cspID: cspId,
      }).toEqual({
        productName: said['productName'],
        fmcSPL: said['fmcSPL'],
        blSPL: said['blSPL'],
        teeSPL: said['teeSPL'],
        snpSPL: said['snpSPL'],
        ucodeSPL: said['ucodeSPL'],
        hwID: said['hwID'],
        cspID: said['cspID'],
      });
    },
  );

  it('takes both certificates that AMD issued for one key', async () => {
    const vector = vectors.find(({ id }) => id === 'snp/milan-v3-tav');
    if (vector === undefined) throw new Error('no such vector');
    const leaf = parseCertificate(bytesOf(`${vector.id}/vcek-earlier-issue.der`));
    const { intermediates } = certificatesOf(vector);
    const at = new Date(Math.max(leaf.notBefore.getTime(), intermediates[0]?.notBefore.getTime() ?? 0));
    const request = { report: reportOf(vector), leaf, intermediates, roots: AMD_ROOTS, at };
    expect((await verifyReport(request)).product).toBe('Milan');
  });
});

describe.skipIf(!VECTORS_PRESENT)('what AMD publishes', () => {
  it.each(AMD_ROOTS)(
    'S11 $name is pinned by the key of the root in the vectors',
    async ({ product, name, ...root }) => {
      const folder = `trust-anchors/amd-${product.toLowerCase()}`;
      const [ark] = parsePem(readFileSync(join(VECTORS, folder, 'ark.pem'), 'utf8')).map(parseCertificate);
      if (ark === undefined) throw new Error('no root');
      expect(commonNameOf(ark.subject)).toBe(name);
      expect(await spkiSha256(ark.spki)).toBe(root.spkiSha256);
    },
  );

  const genoa = vectors.filter((vector) => isGenuine(vector) && vector.id.startsWith('snp/genoa'));
  const crl = () => parseCrl(bytesOf('trust-anchors/amd-crl-genoa/crl.der'));

  it("S11 Genoa's list revokes the first ASK and not the one in use", async () => {
    const list = crl();
    expect([...list.revoked.keys()]).toEqual(['020001']);
    const inLife = genoa.filter(({ verifyAt }) => new Date(verifyAt ?? '') < list.nextUpdate);
    expect(inLife.length).toBeGreaterThan(0);
    for (const vector of inLife) {
      const verified = await verifyReport({ ...requestOf(vector), crls: [list], requireCrl: true });
      expect(verified.facts).toEqual([]);
    }
  });

  it('S15 the list is not used once its time is over, and is none of Milan’s', async () => {
    const [of] = genoa;
    const milan = vectors.find((vector) => isGenuine(vector) && vector.id.startsWith('snp/milan'));
    if (of === undefined || milan === undefined) throw new Error('vectors are missing');
    const asked = { crls: [crl()], requireCrl: true };
    const late = verifyReport({ ...requestOf(of), ...asked, at: new Date('2026-01-01T00:00:00Z') });
    await expect(late).rejects.toMatchObject({ code: 'crl-expired' });
    await expect(verifyReport({ ...requestOf(milan), ...asked })).rejects.toMatchObject({
      code: 'crl-missing',
    });
  });
});

/** A report in the manifest's words. */
function asManifest(report: SnpReport): Record<string, unknown> {
  const { policy, platformInfo, signingKey, cpuid, mitigations } = report;
  const platformInfoFlags = Object.fromEntries(
    Object.entries(platformInfo).filter(([name]) => name !== 'undocumentedBit6'),
  );
  const view = new DataView(encodeReport(report).buffer);
  const hex = Object.fromEntries(
    Object.entries(report)
      .filter((entry): entry is [string, Bytes] => entry[1] instanceof Uint8Array)
      .map(([name, value]) => [name, toHex(value)]),
  );
  const version = ({ major, minor, build }: SnpReport['currentVersion']) => `${major}.${minor}.${build}`;
  return {
    ...hex,
    version: report.version,
    guestSvn: report.guestSvn,
    policy: `0x${view.getBigUint64(0x08, true).toString(16)}`,
    vmpl: report.vmpl,
    signatureAlgo: 1,
    platformInfo: `0x${view.getBigUint64(0x40, true).toString(16)}`,
    authorKeyEn: Number(report.authorKeyEn),
    maskChipKey: Number(report.maskChipKey),
    signingKey,
    policyFlags: policy,
    platformInfoFlags,
    cpuid,
    currentTcb: asManifestTcb(report.currentTcb),
    reportedTcb: asManifestTcb(report.reportedTcb),
    committedTcb: asManifestTcb(report.committedTcb),
    launchTcb: asManifestTcb(report.launchTcb),
    currentVersion: version(report.currentVersion),
    committedVersion: version(report.committedVersion),
    launchMitVector: mitigations && `0x${mitigations.launch.toString(16)}`,
    currentMitVector: mitigations && `0x${mitigations.current.toString(16)}`,
  };
}

function asManifestTcb({ fmc, bootloader, tee, snp, microcode }: TcbVersion) {
  const raw =
    fmc === undefined
      ? [bootloader, tee, 0, 0, 0, 0, snp, microcode]
      : [fmc, bootloader, tee, snp, 0, 0, 0, microcode];
  const parts = { raw: toHex(Uint8Array.from(raw)), bootloader, tee, snp, microcode };
  return fmc === undefined ? parts : { ...parts, fmc };
}
