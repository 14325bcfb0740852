import { readFileSync } from 'node:fs';
import { fromHex, toBase64, toHex, utf8 } from '@asterism/bytes';
import { MINT_AT, mintAk, mintedPolicy, mintGuest, mintSnp, mintTdx, type MintedAk } from '@asterism/testkit';
import {
  encodePublic,
  encodeSignature,
  HCL_LAYOUT,
  parseHclReport,
  parseRuntimeData,
  toHclAkPublic,
  toSpki,
} from '@asterism/tpm';
import { parseCertificate, parsePem } from '@asterism/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awsReportData,
  azureInstanceInfo,
  extraDataOf,
  mintConstellationDocument,
  snpInstanceInfo,
  toGoAttestation,
} from '../../testing/constellation-document.ts';
import { EvidenceFiles } from '../../testing/evidence-files.ts';
import { rootsOf } from '../../testing/guest-roots.ts';
import { runAppraise, type AppraiseRun } from '../../testing/run-appraise.ts';
import { readVectors, vectorPath } from '../../testing/vectors.ts';

const files = new EvidenceFiles();
afterAll(() => files.remove());

const NONCE = new Uint8Array(32).fill(0x0c);
let ak: MintedAk;
beforeAll(() => {
  ak = mintAk('rsassa-2048');
});

function appraise(document: object, ...argv: readonly string[]): Promise<AppraiseRun> {
  const evidence = ['--format', 'constellation', '--evidence', files.write(document)];
  return runAppraise(...evidence, '--at', MINT_AT.toISOString(), ...argv);
}

const nonce = (bytes: Uint8Array = NONCE) => ['--nonce', toHex(bytes)];
const codes = ({ report }: AppraiseRun) => report.findings.map(({ code }) => code);

describe('a node of AWS with SEV-SNP', () => {
  async function node(reportData?: Uint8Array) {
    const machine = await mintSnp({ kind: 'VLEK' });
    const report = await machine.report(reportData ?? (await awsReportData(ak)));
    const instanceInfo = snpInstanceInfo(report, machine.leaf, machine.intermediates);
    const root = ['--trust-anchor', files.pem(machine.pki.ark.certificate)];
    return { document: await mintConstellationDocument({ ak, nonce: NONCE, instanceInfo }), root };
  }

  it('is genuine where the report names the key that quotes and the nonce is the verifier’s', async () => {
    const { document, root } = await node();
    const run = await appraise(document, ...root, ...nonce());
    expect(run).toMatchObject({
      exitCode: 0,
      report: {
        outcome: 'genuine',
        claims: {
          variant: 'aws-sev-snp',
          userData: toHex(utf8('what the node says')),
          snp: { signingKey: 'VLEK', endorsementKey: { type: 'VLEK' } },
          tpmQuote: { magic: 'ff544347', safe: 1 },
          pcrs: { sha256: { '15': '00'.repeat(32) } },
        },
      },
    });
  });

  it('S01 is refused for another nonce, other user data and other instance info', async () => {
    const { document, root } = await node();
    const mismatch = { exitCode: 1, report: { code: 'qualifying-data-mismatch' } };
    expect(await appraise(document, ...root, ...nonce(new Uint8Array(32)))).toMatchObject(mismatch);
    const said = { ...document, UserData: toBase64(utf8('another thing')) };
    expect(await appraise(said, ...root, ...nonce())).toMatchObject(mismatch);
    const { document: other } = await node();
    const swapped = { ...document, InstanceInfo: other['InstanceInfo'] };
    expect(await appraise(swapped, ...root, ...nonce())).toMatchObject(mismatch);
  });

  it('is refused where the report names another key', async () => {
    const { document, root } = await node(await awsReportData(mintAk('rsassa-2048')));
    expect(await appraise(document, ...root, ...nonce())).toMatchObject({
      exitCode: 1,
      first: { code: 'report-data-mismatch', claim: 'snp.reportData' },
    });
  });

  it('is undecided without the issuers that AWS does not hand out', async () => {
    const machine = await mintSnp({ kind: 'VLEK' });
    const instanceInfo = snpInstanceInfo(await machine.report(await awsReportData(ak)), machine.leaf, []);
    const document = await mintConstellationDocument({ ak, nonce: NONCE, instanceInfo });
    const run = await appraise(document, ...nonce());
    expect(run).toMatchObject({
      exitCode: 2,
      first: { code: 'certificate-missing', claim: 'snp.endorsementKey' },
    });
  });
});

describe('a node of Google', () => {
  it('with SEV-SNP is bound twice, and its key is certified or known', async () => {
    const guest = await mintGuest('gcp-sev-snp');
    const { snp, vtpm } = guest.parts;
    if (snp === null || vtpm === null) throw new Error('the mint made no machine');
    const report = await snp.report(await extraDataOf(NONCE));
    const instanceInfo = {
      ...snpInstanceInfo(report, snp.leaf, snp.intermediates),
      GCP: { zone: 'europe-west3-b', project_id: 'constellation', instance_name: 'node-1' },
    };
    const roots = rootsOf(guest).flatMap((root) => ['--trust-anchor', files.write(root.der)]);
    const order = { ak: vtpm.ak, nonce: NONCE, instanceInfo };
    const bare = await mintConstellationDocument(order);
    expect(await appraise(bare, ...roots, ...nonce())).toMatchObject({
      exitCode: 2,
      first: { code: 'attestation-key-unproved', wanted: ['ak'] },
    });
    const known = ['--part', `ak=${files.write(toSpki(vtpm.ak.area))}`];
    expect((await appraise(bare, ...roots, ...nonce(), ...known)).exitCode).toBe(0);
    const other = ['--part', `ak=${files.write(encodePublic(ak.area))}`];
    expect(await appraise(bare, ...roots, ...nonce(), ...other)).toMatchObject({
      exitCode: 1,
      report: { code: 'attestation-key-mismatch' },
    });
    const document = await mintConstellationDocument({ ...order, akCertificates: vtpm.certificates });
    expect(await appraise(document, ...roots, ...nonce())).toMatchObject({
      exitCode: 0,
      report: { claims: { variant: 'gcp-sev-snp', akCert: {}, instance: {} } },
    });
    expect(codes(await appraise(document, ...roots, ...nonce(new Uint8Array(1))))).toEqual(
      expect.arrayContaining(['report-data-mismatch', 'qualifying-data-mismatch']),
    );
  });

  it('with SEV-ES has a certified key and nothing else', async () => {
    const guest = await mintGuest('gcp-sev-es');
    const { vtpm } = guest.parts;
    if (vtpm === null) throw new Error('the mint made no vTPM');
    const instanceInfo = { zone: 'europe-west3-b', project_id: 'constellation', instance_name: 'node-1' };
    const order = { ak: vtpm.ak, nonce: NONCE, instanceInfo, akCertificates: vtpm.certificates };
    const document = await mintConstellationDocument(order);
    const roots = rootsOf(guest).flatMap((root) => ['--trust-anchor', files.write(root.der)]);
    const run = await appraise(document, ...roots, ...nonce());
    expect(run).toMatchObject({ exitCode: 0, report: { claims: { variant: 'tpm', instanceInfo } } });
    const { tpm, ...policy } = mintedPolicy(guest) as ReturnType<typeof mintedPolicy> & { tpm: object };
    const pcrs = Object.fromEntries(
      Array.from({ length: 24 }, (_, pcr) => [pcr, { mode: 'enforce', values: 'any' }]).filter(
        ([pcr]) => pcr !== 15,
      ),
    );
    const accepting = files.write({ ...policy, tpm: { ...tpm, pcrs } });
    expect(await appraise(document, ...nonce(), '--policy', accepting)).toMatchObject({
      exitCode: 0,
      report: { outcome: 'accepted' },
    });
  });
});

describe('a node without a TEE', () => {
  it('of QEMU is undecided until its key is known, and a bad signature is refused before', async () => {
    const document = await mintConstellationDocument({ ak, nonce: NONCE, instanceInfo: null });
    expect(await appraise(document, ...nonce())).toMatchObject({
      exitCode: 2,
      report: { code: 'attestation-key-unproved', claims: { variant: 'tpm' } },
    });
    const known = ['--part', `ak=${files.write(toSpki(ak.area))}`];
    expect((await appraise(document, ...nonce(), ...known)).exitCode).toBe(0);
    const other = await mintConstellationDocument({
      ak: mintAk('rsassa-2048'),
      nonce: NONCE,
      instanceInfo: null,
    });
    const mixed = structuredClone(document) as { Attestation: { ak_pub: unknown } };
    mixed.Attestation.ak_pub = (other['Attestation'] as { ak_pub: unknown }).ak_pub;
    expect(await appraise(mixed, ...nonce())).toMatchObject({
      exitCode: 1,
      report: { code: 'signature-invalid' },
    });
  });

  it('of Trusted Launch shows a certificate of Microsoft’s', async () => {
    const guest = await mintGuest('azure-trusted-launch');
    const { vtpm } = guest.parts;
    if (vtpm === null) throw new Error('the mint made no vTPM');
    const [leaf, ...issuers] = vtpm.certificates;
    const instanceInfo = { AkCert: toBase64(leaf?.der ?? NONCE), CA: toBase64(issuers[0]?.der ?? NONCE) };
    const document = await mintConstellationDocument({ ak: vtpm.ak, nonce: NONCE, instanceInfo });
    const [root] = rootsOf(guest);
    const argv = ['--trust-anchor', files.write(root?.der ?? NONCE), ...nonce()];
    expect(await appraise(document, ...argv)).toMatchObject({
      exitCode: 2,
      first: { code: 'certificate-missing' },
    });
    const run = await appraise(document, ...argv, '--collateral', files.write(root?.der ?? NONCE));
    expect(run).toMatchObject({ exitCode: 0, report: { claims: { variant: 'azure-trusted-launch' } } });
  });
});

describe('a node of Azure', () => {
  it('with TDX shows a TD quote over its runtime data', async () => {
    const machine = await mintTdx();
    const instanceInfo = {
      AttestationReport: toBase64(await machine.quote()),
      RuntimeData: toBase64(utf8('{}')),
    };
    const document = await mintConstellationDocument({ ak, nonce: NONCE, instanceInfo });
    expect(codes(await appraise(document, ...nonce()))).toEqual(
      expect.arrayContaining(['pck-chain', 'report-data-mismatch', 'malformed']),
    );
  });

  const vector = readVectors('azure-snp-vtpm').find(({ id }) => id === 'azure-snp-vtpm/milan-v2');
  it.skipIf(vector === undefined)('with SEV-SNP is genuine by the parts of a real machine', async () => {
    const bytes = (name: string) => new Uint8Array(readFileSync(vectorPath(vector?.id ?? '', name)));
    const hcl = parseHclReport(bytes('hcl-report.bin'));
    const certificates = parsePem(readFileSync(vectorPath(vector?.id ?? '', 'vcek.pem'), 'utf8'));
    const issuers = ['ask.pem', 'ark.pem'].flatMap((name) =>
      parsePem(readFileSync(vectorPath(vector?.id ?? '', name), 'utf8')),
    );
    const [leaf] = certificates.map((der) => parseCertificate(der));
    if (leaf === undefined) throw new Error('the vector has no VCEK');
    const report = bytes('hcl-report.bin').slice(HCL_LAYOUT.hardwareReport).slice(0, 1184);
    const pcrs = JSON.parse(readFileSync(vectorPath(vector?.id ?? '', 'pcrs.json'), 'utf8')) as {
      sha256: Record<string, string>;
    };
    const signature = encodeSignature({
      scheme: 'rsassa',
      hash: 'sha256',
      signature: bytes('tpm-quote.sig'),
    });
    const document = {
      Attestation: toGoAttestation({
        akPublic: encodePublic(toHclAkPublic(parseRuntimeData(hcl.runtimeData).akPublic)),
        quote: bytes('tpm-quote.msg'),
        signature,
        pcrs: new Map(Object.entries(pcrs.sha256).map(([pcr, value]) => [Number(pcr), fromHex(value)])),
      }),
      InstanceInfo: toBase64(
        utf8(
          JSON.stringify({
            ...snpInstanceInfo(
              report,
              leaf,
              issuers.map((der) => parseCertificate(der)),
            ),
            Azure: azureInstanceInfo(hcl.runtimeData),
          }),
        ),
      ),
      UserData: null,
    };
    const at = ['--at', vector?.verifyAt ?? ''];
    const evidence = ['--format', 'constellation', '--evidence', files.write(document)];
    const run = await runAppraise(...evidence, ...at);
    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'genuine', claims: { variant: 'azure-sev-snp' } },
    });
    const { snp, pcrs: values, vmConfiguration, runtimeDataDigest, tpmQuote } = vector?.expected.fields ?? {};
    expect(run.report.claims).toMatchObject({
      snp,
      pcrs: values,
      vmConfiguration,
      runtimeDataDigest,
      tpmQuote,
    });
    expect(await runAppraise(...evidence, ...at, ...nonce())).toMatchObject({
      exitCode: 1,
      report: { code: 'qualifying-data-mismatch' },
    });
  });
});
