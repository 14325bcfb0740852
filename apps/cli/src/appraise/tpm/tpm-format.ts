import type { Bytes } from '@asterism/bytes';
import type { Certificate } from '@asterism/x509';
import { readCertificates } from '../certificate-files.ts';
import type { AppraisalInputs } from '../inputs.ts';
import { parseJsonBytes } from '../json-part.ts';
import type { Judgement } from '../judgement.ts';
import { judgeByPolicy, NO_SECTIONS } from '../policy-step.ts';
import { judgeAkCertificate } from './ak-certificate.ts';
import { judgeQuote, keyDigest, readQuote } from './judge-quote.ts';
import { toKeyClaim, toNameClaim } from './quote-claims.ts';
import { readAttestationKey, type AttestationKeyPart } from './quote-parts.ts';
import { toQuoteSection } from './quote-section.ts';

/** A quote with its key: which machine's key it is, a certificate, a policy or nobody says. */
export async function appraiseTpmQuote(inputs: AppraisalInputs, judgement: Judgement): Promise<void> {
  const { evidence, parts, nonce } = inputs;
  const { info } = readQuote(judgement, evidence);
  // Also as one thing, as it stands where a quote is part of something larger.
  judgement.claims['attest'] = { ...judgement.claims };
  const signature = parts.get('signature');
  const certificates = await readGivenCertificates(judgement, parts);
  const keyBytes = parts.get('ak') ?? certificates[0]?.spki;
  if (signature === undefined || keyBytes === undefined) {
    lackParts(judgement, { signature, ak: keyBytes });
    return;
  }
  const key = await readAttestationKey(keyBytes, info, signature);
  await describeKey(judgement, key);
  const quote = {
    quote: evidence,
    signature,
    key: key.area,
    pcrs: readPcrsPart(parts),
    eventLog: parts.get('event-log') ?? null,
  };
  const fact = await judgeAkCertificate(judgement, key.area, certificates, inputs);
  if (fact.kind === 'absent' && inputs.policy === null) {
    judgement.remark({
      code: 'attestation-key-unproved',
      claim: 'akSpkiSha256',
      message: 'nothing says that the key is of a genuine TPM',
      got: await keyDigest(key.area),
    });
  }
  await judgement.attempt('quote', async () => {
    const judged = await judgeQuote(judgement, judgement, quote, nonce);
    const section = await toQuoteSection(judgement, judged, key.area, fact, inputs);
    if (section === null) return;
    const variant = variantOf(inputs);
    const identity = variant === 'tpm' ? null : section.akSpkiSha256;
    await judgeByPolicy(judgement, { ...NO_SECTIONS, variant, identity, quote: section }, inputs);
  });
}

/** A quote alone serves every variant that has nothing else. */
function variantOf({ policy }: AppraisalInputs): 'tpm' | 'azure-trusted-launch' | 'gcp-sev-es' {
  const variant = policy?.variant;
  return variant === 'azure-trusted-launch' || variant === 'gcp-sev-es' ? variant : 'tpm';
}

async function describeKey(
  judgement: Judgement,
  { area, attributesKnown }: AttestationKeyPart,
): Promise<void> {
  judgement.claims['akSpkiSha256'] = await keyDigest(area);
  judgement.claims['akPublic'] = toKeyClaim(area);
  if (attributesKnown) judgement.claims['akName'] = await toNameClaim(area);
  else {
    judgement.remark({
      code: 'ak-attributes-unchecked',
      claim: 'akPublic',
      message: 'a bare key does not tell whether it is restricted to quotes',
    });
  }
}

/** Certificates that are said to be of the attestation key: `ak-cert`, and `ak` where it is one. */
async function readGivenCertificates(
  judgement: Judgement,
  parts: AppraisalInputs['parts'],
): Promise<readonly Certificate[]> {
  const given: Certificate[] = [];
  for (const name of ['ak-cert', 'ak'] as const) {
    const bytes = parts.get(name);
    const read = bytes && (await judgement.attempt(name, () => certificatesIn(name, bytes)));
    given.push(...(read ?? []));
  }
  return given;
}

/** `ak` may as well be a key, which begins like a certificate does. */
function certificatesIn(name: 'ak' | 'ak-cert', bytes: Bytes): readonly Certificate[] {
  try {
    return readCertificates(bytes);
  } catch (error) {
    if (name === 'ak-cert') throw error;
    return [];
  }
}

/** @throws UsageError `file-malformed` */
export function readPcrsPart(parts: AppraisalInputs['parts']): unknown {
  const bytes = parts.get('pcrs');
  if (bytes === undefined) return undefined;
  const json = parseJsonBytes(bytes, 'part pcrs');
  // A document that holds the values beside other things, as verifiers write them.
  const inner = typeof json === 'object' && json !== null && 'pcrs' in json ? json.pcrs : json;
  return inner;
}

export function lackParts(judgement: Judgement, parts: Readonly<Record<string, Bytes | undefined>>): void {
  for (const [name, bytes] of Object.entries(parts)) {
    if (bytes !== undefined) continue;
    judgement.lack({
      code: 'part-missing',
      claim: name,
      message: `without part ${name} nothing can be concluded of the quote`,
      want: name,
    });
  }
}
