import { toHex } from '@asterism/bytes';
import type { Measurement, PolicyDocument, PolicyOf, SnpPolicy, TdxPolicy } from '@asterism/contracts';
import { tdReportOf } from '../tdx/tdx-quote.ts';
import type { GuestVariant, MintedGuest } from './minted-guest.ts';

const expect = (digest: Uint8Array): Measurement => ({
  mode: 'enforce',
  values: [{ digest: toHex(digest), comment: 'as minted' }],
});
const ANY = { mode: 'enforce', values: 'any' } as const;
const NO_FLOOR = { reported: 'any', committed: 'any', launch: 'any' } as const;

/** Accepts a report as it is minted, and says little more. */
function mintedSnpPolicy({ parts }: MintedGuest): SnpPolicy {
  return {
    products: [{ product: parts.snp?.product ?? 'Genoa', minimumTcb: NO_FLOOR }],
    signingKey: 'any',
    revocation: 'required',
    provisionalFirmware: 'refuse',
    guestPolicy: {
      abiMinimum: 'any',
      smt: 'any',
      migrateMa: 'any',
      singleSocket: 'any',
      cxlAllow: 'any',
      memAes256Xts: 'any',
      raplDis: 'any',
      ciphertextHiding: 'any',
      pageSwapDisable: 'any',
    },
    vmpl: [0],
    measurement: expect(new Uint8Array(48).fill(0x4d)),
    hostData: ANY,
    idKeyDigest: ANY,
    authorKeyDigest: ANY,
    chips: { allow: 'any', deny: [] },
    platformInfo: {
      smtEn: 'any',
      tsmeEn: 'any',
      eccEn: 'any',
      raplDis: 'any',
      ciphertextHidingEn: 'any',
      aliasCheckComplete: 'any',
      tioEn: 'any',
    },
    mitigations: 'any',
  };
}

/** Accepts a quote as it is minted. */
function mintedTdxPolicy(): TdxPolicy {
  const report = tdReportOf(new Uint8Array());
  return {
    mrTd: expect(report.mrTd),
    rtmr0: expect(report.rtmr0),
    rtmr1: expect(report.rtmr1),
    rtmr2: expect(report.rtmr2),
    rtmr3: ANY,
    module: { mrSeam: ANY, minimumSvn: 'any' },
    mrConfigId: ANY,
    mrOwner: ANY,
    mrOwnerConfig: ANY,
    xfam: 'any',
    tdAttributes: 'any',
    tcbStatus: { exceptions: [] },
    minimumTcbEvaluationDataNumber: 'any',
    platforms: { allow: 'any', deny: [] },
    eventLog: 'any',
  };
}

/** PCR 4 of a guest whose PCRs are not set. */
const PCR_4 = new Uint8Array(32);

/** A policy that accepts the guest as it was minted. */
export function mintedPolicy(guest: MintedGuest, change: Partial<PolicyDocument> = {}): PolicyDocument {
  const shared = {
    schema: 'asterism/policy/v1',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    machines: 'any',
  } as const;
  const vouched: PolicyOf<'aws-sev-snp'>['tpm'] = {
    bank: 'sha256',
    pcrs: { '4': expect(PCR_4) },
    eventLog: 'any',
  };
  const roots = [...guest.anchors];
  const certified = { ...vouched, attestationKey: { trust: 'certificate', roots } } as const;
  const sections: { readonly [V in GuestVariant]: () => Omit<PolicyOf<V>, keyof typeof shared | 'variant'> } =
    {
      'sev-snp': () => ({ snp: mintedSnpPolicy(guest) }),
      tdx: () => ({ tdx: mintedTdxPolicy() }),
      'azure-sev-snp': () => ({ tpm: vouched, snp: mintedSnpPolicy(guest) }),
      'azure-tdx': () => ({ tpm: vouched, tdx: mintedTdxPolicy() }),
      'azure-trusted-launch': () => ({ tpm: certified }),
      'gcp-sev-snp': () => ({ tpm: certified, snp: mintedSnpPolicy(guest) }),
      'gcp-sev-es': () => ({ tpm: certified }),
      'aws-sev-snp': () => ({ tpm: vouched, snp: mintedSnpPolicy(guest) }),
      'aws-nitro-tpm': () => ({ nitroTpm: { pcrs: { '4': expect(new Uint8Array(48).fill(0xb4)) } } }),
    };
  return { ...shared, variant: guest.variant, ...sections[guest.variant](), ...change } as PolicyDocument;
}
