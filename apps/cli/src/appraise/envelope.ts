import {
  anchorsOf,
  appraise,
  evidenceRequestOf,
  parseEvidence,
  tdxCollateralFor,
  VENDOR_ROOTS,
  verifyEvidence,
  type LockExpectation,
  type ParsedEvidence,
  type VendorRoots,
  type VerifiedEvidence,
} from '@asterism/attestation';
import { isZero, type Bytes } from '@asterism/bytes';
import { LOCK_PCR, type EvidenceRequest } from '@asterism/contracts';
import { toTdxClaims } from '@asterism/tdx';
import { toHclClaims, toRuntimeClaims } from './azure/hcl-claims.ts';
import type { AppraisalInputs } from './inputs.ts';
import { parseJsonBytes } from './json-part.ts';
import type { Judgement } from './judgement.ts';
import { withLaboratory } from './laboratory-anchors.ts';
import { toNitroClaims } from './nitro/nitro-claims.ts';
import { takeResult } from './policy-step.ts';
import { asAmdRoots } from './snp/snp-roots.ts';
import { toSnpClaims } from './snp/snp-claims.ts';
import { refuseOtherStatus } from './tdx/judge-tdx.ts';
import { toAttestClaims, toPcrClaims } from './tpm/quote-claims.ts';
import { toTrustChain } from './trust-chain.ts';
import { collateralFor } from './vendor-collateral.ts';

/**
 * Our envelope, or a document of the API that holds one. Offline there is no activation: a policy that trusts endorsement
 * keys stays undecided, because nothing here proves that the attestation key lives beside the endorsement key.
 */
export async function appraiseEnvelope(inputs: AppraisalInputs, judgement: Judgement): Promise<void> {
  const parsed = parseEvidence(envelopeIn(inputs.evidence));
  const collateral = await collateralFor(parsed, inputs, judgement);
  describe(judgement, parsed, { collateral, now: inputs.now });
  const carried = bindingOf(parsed);
  if (inputs.nonce === null) {
    const message = 'no nonce was given, so the evidence may be of any time and connection';
    judgement.remark({ code: 'nonce-unchecked', claim: 'binding', message, got: carried });
  }
  const { policy, now } = inputs;
  const verified = await verifyEvidence(parsed, {
    binding: inputs.nonce ?? carried,
    request: policy === null ? requestOf(parsed) : evidenceRequestOf(policy),
    activated: null,
    ekPublic: null,
    anchors: policy === null ? { endorsement: [], attestation: [] } : anchorsOf(policy),
    roots: await rootsOf(parsed, inputs),
    collateral,
    now,
  });
  await describeVerified(judgement, verified);
  if (policy === null) {
    if (verified.tdx !== null) refuseOtherStatus(judgement, verified.tdx.quote);
    return;
  }
  const lock = lockOf(verified, inputs.clusterId);
  if (lock === null) {
    judgement.lack({
      code: 'cluster-id-missing',
      claim: `tpm.pcr.${LOCK_PCR}`,
      message: `PCR ${LOCK_PCR} is extended; whose cluster it names needs --cluster-id`,
      want: '--cluster-id',
    });
    return;
  }
  const { result } = await appraise(verified, policy, { now, lock });
  takeResult(judgement, result);
}

function envelopeIn(bytes: Bytes): unknown {
  const value = parseJsonBytes(bytes, 'evidence');
  return typeof value === 'object' && value !== null && 'evidence' in value ? value.evidence : value;
}

/** What the evidence says of itself, section by section. */
function describe(
  judgement: Judgement,
  parsed: ParsedEvidence,
  { collateral, now }: Pick<AppraisalInputs, 'collateral' | 'now'>,
): void {
  const { claims } = judgement;
  claims['variant'] = parsed.variant;
  if (parsed.quote !== null) Object.assign(claims, toAttestClaims(parsed.quote.quote.attest));
  if (parsed.snp !== null) claims['snp'] = toSnpClaims(parsed.snp.report);
  if (parsed.tdx !== null) {
    claims['tdx'] = toTdxClaims(parsed.tdx, tdxCollateralFor(parsed.tdx, collateral, now));
  }
  if (parsed.hcl !== null) {
    claims['hcl'] = toHclClaims(parsed.hcl.report);
    Object.assign(claims, toRuntimeClaims(parsed.hcl.runtimeData));
  }
  if (parsed.nitro !== null) claims['nitro'] = toNitroClaims(parsed.nitro);
}

async function describeVerified(judgement: Judgement, verified: VerifiedEvidence): Promise<void> {
  const { claims } = judgement;
  Object.assign(claims, { identity: verified.identity, bootIdentity: verified.bootIdentity });
  if (verified.quote !== null) {
    const { bank, pcrs, akSpkiSha256, endorsementCertificate, attestationCertificate, events } =
      verified.quote;
    Object.assign(claims, {
      pcrs: toPcrClaims(bank, pcrs),
      akSpkiSha256,
      endorsementCertificate: endorsementCertificate.kind,
      attestationCertificate: attestationCertificate.kind,
      ...(events === null ? {} : { events }),
    });
  }
  if (verified.snp !== null) {
    judgement.addChain(await toTrustChain('AMD endorsement key', verified.snp.chain));
  }
  if (verified.nitro !== null) {
    judgement.addChain(await toTrustChain('AWS Nitro attestation document', verified.nitro.chain));
  }
}

/** The binding as the evidence carries it: 32 bytes in each kind. */
function bindingOf(parsed: ParsedEvidence): Bytes {
  const carried =
    parsed.quote?.quote.attest.extraData ??
    parsed.snp?.report.reportData ??
    parsed.tdx?.report.reportData ??
    parsed.nitro?.document.nonce ??
    new Uint8Array();
  return carried.slice(0, 32);
}

/** Without a policy: whatever one bank was quoted. */
function requestOf(parsed: ParsedEvidence): EvidenceRequest {
  if (parsed.quote === null) return { variant: parsed.variant };
  const { attested } = parsed.quote.quote.attest;
  const [selection] = attested.type === 'quote' ? attested.pcrSelections : [];
  const bank = selection?.bank === 'sha384' ? 'sha384' : 'sha256';
  return { variant: parsed.variant, bank, pcrs: [...(selection?.pcrs ?? [])] };
}

async function rootsOf(
  parsed: ParsedEvidence,
  { anchors, collateral }: AppraisalInputs,
): Promise<VendorRoots> {
  const known = [...collateral.certificates, ...(parsed.snp?.certificates ?? [])];
  return {
    amd: await withLaboratory(VENDOR_ROOTS.amd, anchors, known, asAmdRoots),
    intel: await withLaboratory(VENDOR_ROOTS.intel, anchors, known, (anchor) => [anchor]),
    nitro: await withLaboratory(VENDOR_ROOTS.nitro, anchors, known, (anchor) => [anchor]),
  };
}

function lockOf(verified: VerifiedEvidence, clusterId: Bytes | null): LockExpectation | null {
  if (clusterId !== null) return { expected: 'either', clusterId };
  const pcr = (verified.quote?.pcrs ?? verified.nitro?.document.pcrs)?.get(LOCK_PCR);
  return pcr === undefined || isZero(pcr) ? { expected: 'open' } : null;
}
