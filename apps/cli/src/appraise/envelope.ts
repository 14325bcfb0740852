import {
  appraise,
  anchorsOf,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  type VerifiedEvidence,
} from '@asterism/attestation';
import { CodedError, fromBase64url, isZero, toHex, type Bytes } from '@asterism/bytes';
import { LOCK_PCR, type EvidenceRequest } from '@asterism/contracts';
import { decodeAttest, type TpmsAttest } from '@asterism/tpm';
import { remark, toPolicyReport, toRefusal, type AppraisalReport, type ReportFinding } from './report.ts';
import { toQuoteClaims } from './tpm-parts.ts';
import type { JudgingContext } from './judging-context.ts';

/**
 * Judges our envelope. Offline there is no activation: a policy that trusts endorsement keys stays undecided, because
 * nothing here proves that the attestation key lives beside the endorsement key.
 */
export async function appraiseEnvelope(envelope: unknown, context: JudgingContext): Promise<AppraisalReport> {
  let claims: Record<string, unknown> = {};
  const remarks: ReportFinding[] = [];
  try {
    const parsed = parseEvidence(envelope);
    const attest = attestOf(envelope);
    if (attest !== null) claims = toQuoteClaims(attest);
    claims['variant'] = parsed.variant;
    if (context.nonce === null && attest !== null) {
      remarks.push(remark('nonce-unchecked', 'extraData', 'no nonce was given', toHex(attest.extraData)));
    }
    const { policy, now } = context;
    const verified = await verifyEvidence(parsed, {
      binding: context.nonce ?? attest?.extraData ?? new Uint8Array(),
      request: policy === null ? requestOf(attest) : evidenceRequestOf(policy),
      activated: null,
      ekPublic: null,
      anchors: policy === null ? { endorsement: [], attestation: [] } : anchorsOf(policy),
      now,
    });
    claims = { ...claims, ...toVerifiedClaims(verified) };
    if (policy === null) return { outcome: 'genuine', code: 'genuine', claims, findings: remarks };
    const lock = lockOf(verified, context.clusterId);
    if (lock === null) {
      const message = 'PCR 15 is extended; whose cluster it names needs --cluster-id';
      return {
        outcome: 'undecided',
        code: 'cluster-id-missing',
        claims,
        findings: [remark('cluster-id-missing', 'tpm.pcr.15', message), ...remarks],
      };
    }
    const { result } = await appraise(verified, policy, { now, lock });
    return toPolicyReport(result, claims, remarks);
  } catch (error) {
    if (!(error instanceof CodedError) || error.outcome === 'policy' || error.outcome === 'fault')
      throw error;
    return toRefusal(error, claims, remarks);
  }
}

function attestOf(envelope: unknown): TpmsAttest | null {
  const { variant, parts } = envelope as { variant: string; parts: { quote?: string } };
  return variant === 'tpm' && typeof parts.quote === 'string'
    ? decodeAttest(fromBase64url(parts.quote))
    : null;
}

/** Without a policy: whatever one bank was quoted. */
function requestOf(attest: TpmsAttest | null): EvidenceRequest {
  const selections = attest?.attested.type === 'quote' ? attest.attested.pcrSelections : [];
  const [selection] = selections;
  const bank = selection?.bank === 'sha384' ? 'sha384' : 'sha256';
  return { variant: 'tpm', bank, pcrs: [...(selection?.pcrs ?? [])] };
}

function toVerifiedClaims(verified: VerifiedEvidence): Record<string, unknown> {
  return {
    pcrs: {
      [verified.bank]: Object.fromEntries([...verified.pcrs].map(([pcr, value]) => [pcr, toHex(value)])),
    },
    akSpkiSha256: verified.akSpkiSha256,
    bootIdentity: verified.bootIdentity,
    endorsementCertificate: verified.endorsementCertificate.kind,
    attestationCertificate: verified.attestationCertificate.kind,
    ...(verified.events === null ? {} : { events: verified.events }),
  };
}

function lockOf(
  verified: VerifiedEvidence,
  clusterId: Bytes | null,
): Parameters<typeof appraise>[2]['lock'] | null {
  const value = verified.pcrs.get(LOCK_PCR);
  if (value === undefined || isZero(value)) return { expected: 'open' };
  return clusterId === null ? null : { expected: 'locked', clusterId };
}
