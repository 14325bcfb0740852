import { anchorsOf, issuersOf, joinCollateral, type CertificateFact } from '@asterism/attestation';
import { equalBytes, sha256, toHex } from '@asterism/bytes';
import {
  AZURE_VTPM_ROOTS,
  GOOGLE_VTPM_ROOTS,
  toSpki,
  verifyAkCertificate,
  type TpmtPublic,
  type VtpmCloud,
} from '@asterism/tpm';
import { ChainError, commonNameOf, spkiSha256, type Certificate, type TrustAnchor } from '@asterism/x509';
import { toNameText, toSecondsText, toSerialText } from '../claim-text.ts';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { withLaboratory } from '../laboratory-anchors.ts';
import { isSelfIssued, toTrustChain, toUnprovedChain } from '../trust-chain.ts';

const ROOTS = { azure: AZURE_VTPM_ROOTS, google: GOOGLE_VTPM_ROOTS } as const;
const TITLE = 'Attestation key of the virtual TPM';
const ORGANIZATION = '2.5.4.10';
/** Extension that names the instance, under Google's arc. */
const GOOGLE_INSTANCE = '1.3.6.1.4.1.11129.2.1.21';

/**
 * Judges whose key quoted, by a certificate of the key among those given with it and the collateral, up to the roots of
 * the clouds' virtual TPMs.
 * @returns as a fact for a policy; what is wrong or missing is told, too.
 * @param given certificates that are said to be of this key, with their issuers; the first is the key's
 */
export async function judgeAkCertificate(
  judgement: Judgement,
  key: TpmtPublic,
  given: readonly Certificate[],
  inputs: AppraisalInputs,
): Promise<CertificateFact> {
  const spki = toSpki(key);
  // A folder of collateral may hold what is a part as well, and a chain with a certificate twice is refused.
  const own = { certificates: given, crls: [], tdx: [] };
  const pool = joinCollateral([own, inputs.collateral]).certificates;
  const leaf = pool.find((certificate) => equalBytes(certificate.spki, spki));
  const [stated = leaf] = given;
  if (stated === undefined) return { kind: 'absent' };
  judgement.claims['akCert'] = await toAkCertificateClaim(stated);
  if (leaf === undefined || !equalBytes(stated.spki, spki)) {
    const digest = toHex(await sha256(spki));
    const message = 'certificate is for another key than the one that quoted';
    judgement.compare('attestation-key-mismatch', 'akCert', await spkiSha256(stated), digest, message);
    return { kind: 'not-checked', spkiSha256: await spkiSha256(stated) };
  }
  const cloud = cloudOf(leaf);
  const named = issuersOf([leaf], pool);
  const intermediates = named.length > 0 ? named : pool.filter((other) => isAuthorityOf(cloud, other));
  const roots = await withLaboratory(rootsOf(cloud, inputs), inputs.anchors, intermediates, (anchor) => [
    anchor,
  ]);
  const crls = inputs.collateral.crls.filter((crl) =>
    intermediates.some(({ subject }) => equalBytes(subject.der, crl.issuer.der)),
  );
  try {
    const request = { cloud, leaf, intermediates, roots, at: inputs.now, crls };
    const { chain, instance } = await verifyAkCertificate(request);
    if (instance !== null) judgement.claims['instance'] = instance;
    judgement.addChain(await toTrustChain(TITLE, chain));
    return { kind: 'trusted', anchor: chain.anchor, spkiSha256: await spkiSha256(leaf), instance };
  } catch (error) {
    judgement.addChain(await toUnprovedChain(TITLE, [leaf, ...intermediates]));
    if (error instanceof ChainError) tellChain(judgement, error, leaf, intermediates);
    else judgement.fail(error, 'akCert');
    return { kind: 'not-checked', spkiSha256: await spkiSha256(leaf) };
  }
}

/**
 * An issuer that did not come is a gap; another one in its place is a lie. Several others are of a folder of authorities,
 * and in nobody's place.
 */
function tellChain(
  judgement: Judgement,
  { code, message, got, want }: ChainError,
  leaf: Certificate,
  issuers: readonly Certificate[],
): void {
  const isNamed = issuers.some(({ subject }) => equalBytes(subject.der, leaf.issuer.der));
  const others = issuers.filter((one) => isNamed || !isSelfIssued(one)).length;
  const isGap = isNamed ? others === 1 && !issuers.some(isSelfIssued) : others !== 1;
  if (code === 'issuer-missing' && isGap) {
    judgement.lack({ code: 'certificate-missing', claim: 'akCert', message, want });
  } else judgement.refuse({ code: `certificate-${code}`, claim: 'akCert', message, got, want });
}

/** A policy names its own. */
function rootsOf(cloud: VtpmCloud, { policy }: AppraisalInputs): readonly TrustAnchor[] {
  const own = policy === null ? [] : anchorsOf(policy).attestation;
  return own.length > 0 ? own : ROOTS[cloud];
}

/** A hint that chooses the roots; they decide. */
function cloudOf({ issuer, extensions }: Certificate): VtpmCloud {
  const isGoogle =
    extensions.some(({ oid }) => oid === GOOGLE_INSTANCE) ||
    issuer.attributes.some(({ oid, value }) => oid === ORGANIZATION && value.startsWith('Google'));
  return isGoogle ? 'google' : 'azure';
}

function isAuthorityOf(cloud: VtpmCloud, { basicConstraints, issuer }: Certificate): boolean {
  return basicConstraints?.ca === true && ROOTS[cloud].some(({ name }) => name === commonNameOf(issuer));
}

async function toAkCertificateClaim(certificate: Certificate): Promise<Record<string, unknown>> {
  return {
    subject: toNameText(certificate.subject),
    issuer: toNameText(certificate.issuer),
    notBefore: toSecondsText(certificate.notBefore),
    notAfter: toSecondsText(certificate.notAfter),
    serial: toSerialText(certificate.serial),
    sha256: toHex(await sha256(certificate.der)),
    spkiSha256: await spkiSha256(certificate),
  };
}
