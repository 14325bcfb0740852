import { toBase64url, toHex, type Bytes } from '@asterism/bytes';
import {
  VARIANTS,
  type EvidenceOf,
  type EvidenceRequest,
  type QuotedVariant,
  type Variant,
} from '@asterism/contracts';
import {
  MINT_AT,
  mintHclReport,
  mintNitroDocument,
  mintSnp,
  mintTdx,
  softwareTpms,
  type MintedSnpMachine,
  type MintedTdxMachine,
  type SoftwareTpms,
  GUEST_VARIANTS,
} from '@asterism/testkit';
import {
  createAk,
  encodeEventLog,
  EVENT_TYPE,
  loadAk,
  pcrSelection,
  Tpm,
  type AttestationKey,
  type HclReportType,
  type RsaPublic,
} from '@asterism/tpm';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_COLLATERAL, type Collateral } from '../collateral/collateral.ts';
import type { VendorRoots } from '../expectations.ts';
import { parseEvidence } from '../parse/parse-evidence.ts';
import type { VerifiedEvidence } from '../stages.ts';
import { verifyEvidence } from '../verify/verify-evidence.ts';
import { collectEvidence } from './collect-evidence.ts';
import type { MachineDevices, MachineDevicesOf } from './devices.ts';
import { readOwnBoot } from './own-boot.ts';
import { readOwnIdentity, type StatedDevices } from './own-identity.ts';

const BINDING = new Uint8Array(32).map((_, at) => at + 1);
const NONE = new Uint8Array();
/** Where REPORTDATA is in a TDREPORT (Intel TDX Module ABI, REPORTMACSTRUCT). */
const TD_REPORT_DATA = 128;

let tpms: SoftwareTpms;
let tpm: Tpm;
let ak: AttestationKey;
let snp: MintedSnpMachine;
let tdx: MintedTdxMachine;
let roots: VendorRoots;
let collateral: Collateral;
beforeAll(async () => {
  tpms = await softwareTpms();
  tpm = new Tpm(await openTpmUnixSocket((await tpms.start('a')).dataSocket));
  // RSA as Azure's: its runtime data names no other kind.
  ak = await loadAk(tpm, await createAk(tpm, { type: 'rsa' }));
  [snp, tdx] = await Promise.all([mintSnp({ product: 'Genoa' }), mintTdx()]);
  roots = { amd: snp.roots, intel: tdx.anchors, nitro: [] };
  collateral = { ...NO_COLLATERAL, crls: [await snp.pki.crl()], tdx: [await tdx.collateral()] };
});
afterAll(async () => {
  await tpm.close();
  await tpms.remove();
});

const quoting = () => ({ tpm, ak, eventLog: null });
const snpReport = async (reportData: Bytes) => ({
  report: await snp.report(reportData),
  auxiliary: snp.certificateTable(),
});
const tdReport = (reportData: Bytes): Bytes => {
  const report = new Uint8Array(1024);
  report.set(reportData, TD_REPORT_DATA);
  return report;
};
const hclReport = (reportType: HclReportType) =>
  mintHclReport({
    reportType,
    ak: ak.public as RsaPublic,
    hardwareReport: (reportData) => (reportType === 'SNP' ? snp.report(reportData) : tdReport(reportData)),
  });

/** Each variant's devices, of a TPM that is real and TEEs that are minted. */
const DEVICES: { readonly [V in Variant]: () => Promise<MachineDevicesOf<V>> | MachineDevicesOf<V> } = {
  tpm: () => ({ variant: 'tpm', ...quoting(), ekCertificates: [] }),
  'sev-snp': () => ({ variant: 'sev-snp', report: snpReport }),
  tdx: () => ({
    variant: 'tdx',
    report: async (reportData) => ({ report: await tdx.quote(reportData), auxiliary: null }),
    eventLog: null,
  }),
  'azure-sev-snp': async () => ({
    variant: 'azure-sev-snp',
    ...quoting(),
    hclReport: await hclReport('SNP'),
    certificates: [snp.leaf, ...snp.intermediates].map(({ der }) => der),
  }),
  'azure-tdx': async () => ({
    variant: 'azure-tdx',
    ...quoting(),
    hclReport: await hclReport('TDX'),
    quoteTd: (report) => tdx.quote(report.slice(TD_REPORT_DATA, TD_REPORT_DATA + 64)),
  }),
  'azure-trusted-launch': () => ({ variant: 'azure-trusted-launch', ...quoting(), akCertificates: [] }),
  'gcp-sev-snp': () => ({ variant: 'gcp-sev-snp', ...quoting(), akCertificates: [], report: snpReport }),
  'gcp-sev-es': () => ({ variant: 'gcp-sev-es', ...quoting(), akCertificates: [] }),
  'aws-sev-snp': () => ({ variant: 'aws-sev-snp', ...quoting(), report: snpReport }),
  'aws-nitro-tpm': () => ({
    variant: 'aws-nitro-tpm',
    document: async (nonce) => {
      const minted = await mintNitroDocument({ document: () => ({ nonce: new Uint8Array(nonce) }) });
      roots = { ...roots, nitro: minted.chain.anchors }; // each mint has a root of its own
      return minted.bytes;
    },
  }),
};

function requestOf(variant: Variant): EvidenceRequest {
  if (variant === 'sev-snp' || variant === 'tdx' || variant === 'aws-nitro-tpm') return { variant };
  return { variant, bank: 'sha256', pcrs: [4, 15] };
}

async function devicesOf(variant: Variant): Promise<MachineDevices> {
  return DEVICES[variant]();
}

function verify(envelope: unknown, variant: Variant, binding: Uint8Array): Promise<VerifiedEvidence> {
  return verifyEvidence(parseEvidence(envelope), {
    binding,
    request: requestOf(variant),
    activated: null,
    ekPublic: null,
    anchors: { endorsement: [], attestation: [] },
    roots,
    collateral,
    now: MINT_AT,
  });
}

describe('collectEvidence', () => {
  it.each(VARIANTS)('collects what is verified, over the binding: %s', async (variant) => {
    const evidence = await collectEvidence(await devicesOf(variant), {
      request: requestOf(variant),
      binding: BINDING,
    });
    expect((await verify(JSON.parse(JSON.stringify(evidence)), variant, BINDING)).variant).toBe(variant);
  });

  it.each(VARIANTS)('S01 is for no other binding: %s', async (variant) => {
    const evidence = await collectEvidence(await devicesOf(variant), {
      request: requestOf(variant),
      binding: BINDING,
    });
    const other = BINDING.map((byte, at) => (at === 31 ? byte ^ 1 : byte));
    await expect(verify(evidence, variant, other)).rejects.toMatchObject({ code: 'binding-mismatch' });
  });

  it.each(VARIANTS)('S06 collects for no other variant: %s', async (variant) => {
    const request = requestOf(variant === 'tpm' ? 'gcp-sev-es' : 'tpm');
    const collected = collectEvidence(await devicesOf(variant), { request, binding: BINDING });
    await expect(collected).rejects.toMatchObject({
      code: 'request-unfit',
      got: request.variant,
      want: variant,
    });
  });

  it.each(VARIANTS.filter((variant) => 'bank' in requestOf(variant)))(
    'S05 quotes exactly the PCRs that are asked for: %s',
    async (variant) => {
      const request = { variant, bank: 'sha256', pcrs: [0, 7, 15] } as EvidenceRequest;
      const { parts } = (await collectEvidence(await devicesOf(variant), {
        request,
        binding: BINDING,
      })) as EvidenceOf<QuotedVariant>;
      expect(Object.keys(parts.pcrs)).toEqual(['0', '7', '15']);
    },
  );

  it('S05 quotes nothing where no PCRs are asked for', async () => {
    const request = { variant: 'tpm' } as EvidenceRequest;
    const collected = collectEvidence(await devicesOf('tpm'), { request, binding: BINDING });
    await expect(collected).rejects.toMatchObject({ code: 'request-unfit' });
  });

  it('sends the event log and certificates along where there are any', async () => {
    const eventLog = encodeEventLog(
      ['sha256'],
      [{ pcr: 4, type: EVENT_TYPE.EV_IPL, digests: new Map([['sha256', new Uint8Array(32)]]), data: NONE }],
    );
    const certificate = snp.leaf.der;
    const order = { request: requestOf('gcp-sev-es'), binding: BINDING };
    const devices = { variant: 'gcp-sev-es', ...quoting(), eventLog, akCertificates: [certificate] } as const;
    const { parts } = await collectEvidence(devices, order);
    expect(parts).toMatchObject({
      eventLog: toBase64url(eventLog),
      akCertificates: [toBase64url(certificate)],
    });
  });

  it('leaves out a table that the host did not fill, and refuses one that is broken', async () => {
    const order = { request: requestOf('sev-snp'), binding: BINDING };
    const withTable = (auxiliary: Bytes | null): MachineDevicesOf<'sev-snp'> => ({
      variant: 'sev-snp',
      report: async (reportData) => ({ report: await snp.report(reportData), auxiliary }),
    });
    for (const empty of [null, new Uint8Array(4096)]) {
      expect(Object.keys((await collectEvidence(withTable(empty), order)).parts)).toEqual(['report']);
    }
    const broken = collectEvidence(withTable(new Uint8Array(10).fill(1)), order);
    await expect(broken).rejects.toMatchObject({ code: 'part-malformed' });
  });
});

describe('readOwnIdentity', () => {
  it.each(GUEST_VARIANTS)('S21 is the identity that the evidence proves: %s', async (variant) => {
    const devices = await devicesOf(variant);
    const stated = await readOwnIdentity(devices as StatedDevices);
    const evidence = await collectEvidence(devices, { request: requestOf(variant), binding: BINDING });
    expect((await verify(evidence, variant, BINDING)).identity).toBe(stated);
    expect(stated).toMatch(/^[0-9a-f]{64}$/);
  });

  it('S21 does not make one up for a chip that does not show itself', async () => {
    const masked = await mintSnp({ product: 'Genoa', kind: 'VLEK' });
    const devices: MachineDevicesOf<'sev-snp'> = {
      variant: 'sev-snp',
      report: async (reportData) => ({ report: await masked.report(reportData), auxiliary: null }),
    };
    expect(toHex(masked.chipId)).toBe('00'.repeat(64));
    await expect(readOwnIdentity(devices)).rejects.toMatchObject({ code: 'identity-unknown' });
  });
});

describe('readOwnBoot', () => {
  it.each(VARIANTS)('S20 is the boot that the evidence shows: %s', async (variant) => {
    const devices = await devicesOf(variant);
    const boot = await readOwnBoot(devices);
    const evidence = await collectEvidence(devices, { request: requestOf(variant), binding: BINDING });
    expect((await verify(evidence, variant, BINDING)).bootIdentity).toBe(boot);
    expect(boot === null).toBe(variant === 'tdx' || variant === 'aws-nitro-tpm');
  });

  it('S20 needs a bank that can be quoted', async () => {
    const sha1: Pick<Tpm, 'listPcrBanks'> = { listPcrBanks: async () => [pcrSelection('sha1', [15])] };
    const devices = { ...(await DEVICES['gcp-sev-es']()), tpm: sha1 as Tpm };
    await expect(readOwnBoot(devices)).rejects.toMatchObject({ code: 'request-unfit', got: ['sha1'] });
  });
});
