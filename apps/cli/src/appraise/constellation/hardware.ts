import type { CollateralFact, VerifiedTdxSection } from '@asterism/attestation';
import { concat, digest, sha256, toHex, type Bytes } from '@asterism/bytes';
import type { VerifiedSnpReport } from '@asterism/snp';
import { parseRuntimeData, toSpki, verifyHclAttestationKey, type TpmtPublic } from '@asterism/tpm';
import { toRuntimeClaims } from '../azure/hcl-claims.ts';
import { readCertificates } from '../certificate-files.ts';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { compareReportData } from '../report-data.ts';
import { judgeSnpReport } from '../snp/snp-report.ts';
import { judgeTdxQuote, toTdxSection } from '../tdx/judge-tdx.ts';
import type { InstanceInfo } from './instance-info.ts';

/** What a policy compares of a node besides its quote. */
export type JudgedHardware =
  | {
      readonly variant: 'azure-sev-snp' | 'gcp-sev-snp' | 'aws-sev-snp';
      readonly snp: VerifiedSnpReport;
      readonly tdx: null;
      readonly collateral: CollateralFact | null;
    }
  | {
      readonly variant: 'azure-tdx';
      readonly snp: null;
      readonly tdx: VerifiedTdxSection;
      readonly collateral: CollateralFact;
    }
  | {
      readonly variant: 'azure-trusted-launch' | 'gcp-sev-es' | 'tpm';
      readonly snp: null;
      readonly tdx: null;
      readonly collateral: null;
    };

interface Bound {
  readonly key: TpmtPublic;
  /** `SHA-256(UserData ‖ nonce)`; null without a nonce. */
  readonly bound: Bytes | null;
}

/** The report of the TEE, and that it is of the machine whose key quotes. Null where it is not proved genuine. */
export async function judgeHardware(
  judgement: Judgement,
  info: InstanceInfo,
  bound: Bound,
  inputs: AppraisalInputs,
): Promise<JudgedHardware | null> {
  if (info.variant === 'tpm' || info.variant === 'azure-trusted-launch') {
    const isGoogle = inputs.policy?.variant === 'gcp-sev-es';
    const variant = info.variant === 'tpm' && isGoogle ? 'gcp-sev-es' : info.variant;
    return { variant, snp: null, tdx: null, collateral: null };
  }
  if (info.variant === 'azure-tdx') {
    const section = judgement.section('tdx');
    const verified = await section.attempt('quote', () => judgeTdxQuote(section, info.quote, inputs));
    await judgeReportData(judgement, section, info, bound, inputs);
    return verified && { variant: info.variant, snp: null, ...toTdxSection(verified) };
  }
  const section = judgement.section('snp');
  const judged = await section.attempt('report', () => {
    const certificates = info.certificates.flatMap(readCertificates);
    return judgeSnpReport(section, info.report, { certificates, crls: [] }, inputs);
  });
  await judgeReportData(judgement, section, info, bound, inputs);
  if (judged === null) return null;
  return { variant: info.variant, snp: judged.verified, tdx: null, collateral: judged.collateral };
}

type ReportedInfo = Extract<InstanceInfo, { report: Bytes } | { quote: Bytes }>;

/** Each cloud's validator in edgelesssys/constellation ties report and key in its own way. */
async function judgeReportData(
  judgement: Judgement,
  section: Judgement,
  info: ReportedInfo,
  { key, bound }: Bound,
  { reportData }: AppraisalInputs,
): Promise<void> {
  const got = section.claims['reportData'];
  if (typeof got !== 'string') return;
  if (reportData !== null) compareReportData(section, { nonce: null, reportData });
  const compare = (want: Bytes, message: string): void =>
    section.compare('report-data-mismatch', 'reportData', got, toHex(want), message);
  switch (info.variant) {
    case 'azure-sev-snp':
    case 'azure-tdx': {
      const runtimeData = info.runtimeData ?? new Uint8Array();
      const hash = await sha256(runtimeData);
      judgement.claims['runtimeDataDigest'] = toHex(hash);
      compare(padded(hash), 'TEE report is made over other runtime data');
      await judgement.attempt('runtimeData', () => {
        const runtime = parseRuntimeData(runtimeData);
        const { vmConfiguration } = toRuntimeClaims(runtime);
        Object.assign(judgement.claims, { vmConfiguration });
        verifyHclAttestationKey(key, runtime.akPublic);
      });
      return;
    }
    case 'aws-sev-snp':
      compare(await digest('SHA-512', toSpki(key)), 'report names another attestation key');
      return;
    case 'gcp-sev-snp':
      if (bound !== null) compare(padded(bound), 'report is bound to another nonce or other user data');
  }
}

function padded(hash: Bytes): Bytes {
  return concat(hash, new Uint8Array(64 - hash.length));
}
