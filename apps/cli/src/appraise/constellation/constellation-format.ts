import { concat, sha256, toHex, type Bytes } from '@asterism/bytes';
import { decodeAttest, decodePublic, type TpmtPublic } from '@asterism/tpm';
import { cutPadding, parseCertificate } from '@asterism/x509';
import type { CertificateFact } from '@asterism/attestation';
import type { AppraisalInputs } from '../inputs.ts';
import { parseJsonBytes } from '../json-part.ts';
import type { Judgement } from '../judgement.ts';
import { judgeByPolicy, NO_SECTIONS } from '../policy-step.ts';
import { judgeAkCertificate } from '../tpm/ak-certificate.ts';
import { judgeQuote, keyDigest } from '../tpm/judge-quote.ts';
import { toKeyClaim, toNameClaim } from '../tpm/quote-claims.ts';
import { readAttestationKey } from '../tpm/quote-parts.ts';
import { toQuoteSection } from '../tpm/quote-section.ts';
import { readConstellationDocument, type ConstellationDocument } from './document.ts';
import { judgeHardware, type JudgedHardware } from './hardware.ts';
import { readInstanceInfo, type InstanceInfo } from './instance-info.ts';

/**
 * A node of Constellation shows a quote of its vTPM, and of the platform's own what proves the key that quotes. The quote
 * carries `SHA-256(InstanceInfo ‖ SHA-256(UserData ‖ nonce))`, so a nonce proves the other two, too.
 */
export async function appraiseConstellation(inputs: AppraisalInputs, judgement: Judgement): Promise<void> {
  const document = readConstellationDocument(parseJsonBytes(inputs.evidence, 'evidence'));
  const info = readInstanceInfo(document.instanceInfo);
  const key = decodePublic(document.akPub);
  Object.assign(judgement.claims, {
    variant: info.variant,
    userData: toHex(document.userData),
    akSpkiSha256: await keyDigest(key),
    akPublic: toKeyClaim(key),
    akName: await toNameClaim(key),
  });
  if (info.variant === 'tpm' && info.named !== null) judgement.claims['instanceInfo'] = info.named;
  const bound = inputs.nonce === null ? null : await sha256(concat(document.userData, inputs.nonce));
  const hardware = await judgeHardware(judgement, info, { key, bound }, inputs);
  const fact = await judgeKey(judgement, document, info, key, inputs);
  await judgement.attempt('tpmQuote', () =>
    judgeNodeQuote(judgement, { document, key, bound, fact, hardware }, inputs),
  );
}

/** Whose key quotes: a report that vouches for it, a certificate, or what the caller knows. */
async function judgeKey(
  judgement: Judgement,
  document: ConstellationDocument,
  info: InstanceInfo,
  key: TpmtPublic,
  inputs: AppraisalInputs,
): Promise<CertificateFact> {
  const known = await judgeKnownKey(judgement, document, key, inputs);
  const own = info.variant === 'azure-trusted-launch' ? info.akCertificates : document.akCertificates;
  const given = await judgement.attempt('akCert', () => own.map((der) => parseCertificate(cutPadding(der))));
  const fact = await judgeAkCertificate(judgement, key, given ?? [], inputs);
  const isVouched = known || fact.kind !== 'absent' || vouches(info);
  if (!isVouched && inputs.policy === null) {
    judgement.lack({
      code: 'attestation-key-unproved',
      claim: 'akSpkiSha256',
      message: 'the document does not prove whose key it is: compare it with one that you know',
      got: await keyDigest(key),
      want: 'ak',
    });
  }
  return fact;
}

/** Azure's and AWS's reports name the key; Google's does not. */
function vouches({ variant }: InstanceInfo): boolean {
  return variant === 'azure-sev-snp' || variant === 'azure-tdx' || variant === 'aws-sev-snp';
}

/** Part `ak`: the key as the caller knows it, from the cloud's interface for instance. */
async function judgeKnownKey(
  judgement: Judgement,
  { quote, signature }: ConstellationDocument,
  key: TpmtPublic,
  { parts }: AppraisalInputs,
): Promise<boolean> {
  const part = parts.get('ak');
  if (part === undefined) return false;
  await judgement.attempt('ak', async () => {
    const { attested } = decodeAttest(quote);
    // That it is no quote is told with the quote.
    if (attested.type !== 'quote') return;
    const { area } = await readAttestationKey(part, attested, signature);
    const message = 'attestation key is not the one that was given';
    judgement.compare(
      'attestation-key-mismatch',
      'akSpkiSha256',
      await keyDigest(key),
      await keyDigest(area),
      message,
    );
  });
  return true;
}

interface NodeQuote {
  readonly document: ConstellationDocument;
  readonly key: TpmtPublic;
  readonly bound: Bytes | null;
  readonly fact: CertificateFact;
  readonly hardware: JudgedHardware | null;
}

async function judgeNodeQuote(
  judgement: Judgement,
  { document, key, bound, fact, hardware }: NodeQuote,
  inputs: AppraisalInputs,
): Promise<void> {
  const { quote, signature, pcrs, eventLog, instanceInfo } = document;
  const nonce = bound === null ? null : await sha256(concat(instanceInfo, bound));
  const values = { sha256: Object.fromEntries([...pcrs].map(([pcr, value]) => [pcr, toHex(value)])) };
  const section = judgement.section('tpmQuote');
  const parts = { quote, signature, key, pcrs: values, eventLog };
  const judged = await judgeQuote(section, judgement, parts, nonce);
  const proved = await toQuoteSection(judgement, judged, key, fact, inputs);
  if (proved === null || hardware === null) return;
  const identity = hardware.variant === 'tpm' ? null : proved.akSpkiSha256;
  await judgeByPolicy(judgement, { ...NO_SECTIONS, identity, ...hardware, quote: proved }, inputs);
}
