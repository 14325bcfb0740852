import { policyDocumentSchema, type PolicyDocument } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from './policy-sections.ts';

const value = (bytes: number) => ({
  mode: 'enforce',
  values: [{ digest: 'ab'.repeat(bytes), comment: 'image 1', until: '2027-01-01T00:00:00Z' }],
});
const any = { mode: 'warn', values: 'any' };
const tcb = { fmc: 0, bootloader: 10, tee: 0, snp: 23, microcode: 84 };
const shared = {
  schema: 'asterism/policy/v1',
  reattestationInterval: 300,
  maximumCollateralAge: 3600,
  approval: 'required',
  machines: ['cd'.repeat(32)],
};
const tpm = { bank: 'sha256', pcrs: { '11': any, '4': value(32) }, eventLog: 'required' };
const snp = {
  products: [{ product: 'Genoa', minimumTcb: { reported: tcb, committed: tcb, launch: 'any' } }],
  signingKey: 'VCEK',
  revocation: 'required',
  provisionalFirmware: 'refuse',
  guestPolicy: {
    abiMinimum: { major: 1, minor: 55 },
    smt: true,
    migrateMa: false,
    singleSocket: 'any',
    cxlAllow: false,
    memAes256Xts: 'any',
    raplDis: 'any',
    ciphertextHiding: 'any',
    pageSwapDisable: 'any',
  },
  vmpl: [0, 1],
  measurement: value(48),
  hostData: any,
  idKeyDigest: any,
  authorKeyDigest: any,
  chips: { allow: 'any', deny: ['ef'.repeat(64)] },
  platformInfo: {
    smtEn: 'any',
    tsmeEn: 'any',
    eccEn: 'any',
    raplDis: 'any',
    ciphertextHidingEn: 'any',
    aliasCheckComplete: true,
    tioEn: 'any',
  },
  mitigations: 'any',
};
const tdx = {
  mrTd: value(48),
  rtmr0: any,
  rtmr1: any,
  rtmr2: any,
  rtmr3: any,
  module: { mrSeam: any, minimumSvn: 5 },
  mrConfigId: any,
  mrOwner: any,
  mrOwnerConfig: any,
  xfam: 'any',
  tdAttributes: ['0000001000000000'],
  tcbStatus: {
    exceptions: [
      {
        status: 'SWHardeningNeeded',
        advisories: ['INTEL-SA-00615'],
        until: '2027-01-01T00:00:00Z',
        comment: 'until the update',
      },
    ],
  },
  minimumTcbEvaluationDataNumber: 17,
  platforms: { allow: 'any', deny: [] },
  eventLog: 'required',
};

const sections = (document: unknown) => sectionsOf(policyDocumentSchema.parse(document) as PolicyDocument);
const factOf = (document: unknown, term: string) =>
  sections(document)
    .flatMap(({ facts }) => facts)
    .find((one) => one.term === term)?.value;

describe('sectionsOf', () => {
  it('has one section a part of the evidence', () => {
    const titles = (document: unknown) => sections(document).map(({ title }) => title);
    expect(titles({ ...shared, variant: 'azure-sev-snp', tpm, snp })).toEqual([
      'Pool',
      'TPM, sha256 bank',
      'SEV-SNP report',
    ]);
    expect(titles({ ...shared, variant: 'tdx', tdx })).toEqual(['Pool', 'TDX quote']);
    const nitroTpm = { pcrs: { '4': value(48) } };
    expect(titles({ ...shared, variant: 'aws-nitro-tpm', nitroTpm })).toEqual([
      'Pool',
      'NitroTPM document, sha384 bank',
    ]);
  });

  it('tells `any` from a value everywhere', () => {
    const document = { ...shared, variant: 'sev-snp', snp };
    expect(factOf(document, 'Mitigations')).toEqual({ any: true });
    expect(factOf(document, 'Chips')).toEqual({ any: true });
    expect(factOf(document, 'Machines')).toEqual({ texts: ['1 named'] });
    expect(factOf(document, 'Guest policy')).toEqual({
      texts: [
        'abiMinimum: 1.55',
        'smt: true',
        'migrateMa: false',
        'cxlAllow: false',
        'any: singleSocket, memAes256Xts, raplDis, ciphertextHiding, pageSwapDisable',
      ],
    });
    expect(factOf(document, 'Genoa')).toEqual({
      texts: [
        'reported TCB: fmc ≥ 0, bootloader ≥ 10, tee ≥ 0, snp ≥ 23, microcode ≥ 84',
        'committed TCB: fmc ≥ 0, bootloader ≥ 10, tee ≥ 0, snp ≥ 23, microcode ≥ 84',
        'launch TCB: any',
      ],
    });
  });

  it('shows what a TDX policy lets pass, and for how long', () => {
    expect(factOf({ ...shared, variant: 'tdx', tdx }, 'TCB status')).toEqual({
      texts: [
        'UpToDate',
        'SWHardeningNeeded with INTEL-SA-00615 until 2027-01-01T00:00:00Z: until the update',
      ],
    });
  });

  it('lists every register of the document, PCRs by number', () => {
    const registers = (document: unknown) =>
      sections(document).flatMap((section) => section.registers.map(({ register }) => register));
    expect(registers({ ...shared, variant: 'azure-tdx', tpm, tdx })).toEqual([
      'PCR 4',
      'PCR 11',
      ...['MRTD', 'RTMR 0', 'RTMR 1', 'RTMR 2', 'RTMR 3'],
      ...['MRSEAM', 'MRCONFIGID', 'MROWNER', 'MROWNERCONFIG'],
    ]);
  });

  it('says how the key of a TPM is known', () => {
    const roots = [{ name: 'root', spkiSha256: 'ab'.repeat(32) }];
    const document = {
      ...shared,
      variant: 'gcp-sev-es',
      tpm: { ...tpm, attestationKey: { trust: 'certificate', roots } },
    };
    expect(factOf(document, 'Certificate of')).toEqual({ texts: ['root (abababababababab…)'] });
    expect(factOf({ ...shared, variant: 'azure-sev-snp', tpm, snp }, 'Attestation key')).toEqual({
      texts: ['vouched for by the hardware report'],
    });
  });
});
