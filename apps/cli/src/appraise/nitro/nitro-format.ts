import { identityOfModule } from '@asterism/attestation';
import { concat, toHex, type Bytes } from '@asterism/bytes';
import {
  NITRO_ROOTS,
  parseNitroDocument,
  TpmNotGenuineError,
  verifyNitroDocument,
  type NitroDocument,
  type TpmNotGenuineErrorCode,
  type VerifiedNitroDocument,
  type VerifiedTpmQuote,
} from '@asterism/tpm';
import { derBitString, derOid, derSequence, parseCertificate, type Certificate } from '@asterism/x509';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { withLaboratory } from '../laboratory-anchors.ts';
import { judgeByPolicy, NO_SECTIONS } from '../policy-step.ts';
import { judgeQuote, keyDigest, readQuote } from '../tpm/judge-quote.ts';
import { toKeyClaim } from '../tpm/quote-claims.ts';
import { readAttestationKey } from '../tpm/quote-parts.ts';
import { lackParts, readPcrsPart } from '../tpm/tpm-format.ts';
import { toTrustChain, toUnprovedChain } from '../trust-chain.ts';
import { toNitroClaims } from './nitro-claims.ts';

const TITLE = 'AWS Nitro attestation document';
/** Field of `claims` that each refusal of the library is about. */
const CLAIM: Readonly<Partial<Record<TpmNotGenuineErrorCode, string>>> = {
  'signature-invalid': 'signature',
  'debug-mode': 'pcrs',
  'chain-refused': 'certificate',
  'algorithm-refused': 'certificate',
};

/** A document of a NitroTPM or of an enclave, and the vTPM's own quote where its key is the one that the document names. */
export async function appraiseNitroDocument(inputs: AppraisalInputs, judgement: Judgement): Promise<void> {
  const parsed = parseNitroDocument(inputs.evidence);
  const { document } = parsed;
  Object.assign(judgement.claims, toNitroClaims(parsed));
  compareNonce(judgement, document, inputs.nonce);
  const chain = [document.certificate, ...document.cabundle.toReversed()].map(parseCertificate);
  const roots = await withLaboratory(NITRO_ROOTS, inputs.anchors, chain, (anchor) => [anchor]);
  let verified: VerifiedNitroDocument | null = null;
  try {
    const crls = inputs.collateral.crls.filter(({ issuer }) =>
      chain.some(({ subject }) => subject.text === issuer.text),
    );
    const request = { kinds: ['enclave', 'nitro-tpm'], roots, at: inputs.now, crls } as const;
    verified = await verifyNitroDocument(parsed, request);
    judgement.addChain(await toTrustChain(TITLE, verified.chain));
  } catch (error) {
    await tell(judgement, error, chain);
  }
  if (['quote', 'signature', 'pcrs'].some((name) => inputs.parts.has(name))) {
    await judgement.attempt('quote', () => judgeOwnQuote(judgement, document, inputs));
  }
  if (verified !== null) await judgeInstance(judgement, verified, inputs);
}

/** Policies are for instances: an enclave says nothing about the one that it runs on. */
async function judgeInstance(
  judgement: Judgement,
  nitro: VerifiedNitroDocument,
  inputs: AppraisalInputs,
): Promise<void> {
  const { kind, moduleId } = nitro.document;
  if (inputs.policy !== null && kind !== 'nitro-tpm') {
    const message = 'document is of an enclave, not of the instance';
    judgement.compare('type-wrong', 'pcrKey', kind, 'nitro-tpm', message);
  }
  const identity = await identityOfModule(moduleId);
  const sections = { ...NO_SECTIONS, variant: 'aws-nitro-tpm', identity, nitro } as const;
  await judgeByPolicy(judgement, sections, inputs);
}

async function tell(judgement: Judgement, error: unknown, chain: readonly Certificate[]): Promise<void> {
  judgement.addChain(await toUnprovedChain(TITLE, chain));
  const code = error instanceof TpmNotGenuineError ? error.code : undefined;
  judgement.fail(error, (code && CLAIM[code]) ?? 'certificate');
}

function compareNonce(judgement: Judgement, { nonce: got }: NitroDocument, nonce: Bytes | null): void {
  const text = got === null ? 'none' : toHex(got);
  if (nonce === null) {
    const message = 'no nonce was given, so the document may be of any time its certificate was valid';
    judgement.remark({ code: 'nonce-unchecked', claim: 'nonce', message, got: text });
  } else judgement.compare('nonce-mismatch', 'nonce', text, toHex(nonce), 'document has another nonce');
}

/**
 * The document vouches for the key that quotes, and both tell the same values. The document's fields move together under
 * `nitro` then, and `pcrs` are the quoted ones, by bank.
 */
async function judgeOwnQuote(
  judgement: Judgement,
  { publicKey, pcrs }: NitroDocument,
  { parts, nonce }: AppraisalInputs,
): Promise<void> {
  const [quote, signature] = [parts.get('quote'), parts.get('signature')];
  if (quote === undefined || signature === undefined || publicKey === null) {
    lackParts(judgement, { quote, signature, ...(publicKey === null ? { publicKey: undefined } : {}) });
    return;
  }
  judgement.claims['nitro'] = { ...judgement.claims };
  delete judgement.claims['pcrs'];
  const attest = judgement.section('attest');
  const { info } = readQuote(attest, quote);
  const { area } = await readAttestationKey(toSpki(publicKey), info, signature);
  judgement.claims['akPublic'] = toKeyClaim(area);
  judgement.claims['akSpkiSha256'] = await keyDigest(area);
  const order = { quote, signature, key: area, pcrs: readPcrsPart(parts), eventLog: null };
  const judged = await judgeQuote(attest, judgement, order, nonce);
  if (judged.verified !== null) compareValues(judgement, judged.verified, pcrs);
}

/** Registers of the document are those of the SHA-384 bank. */
function compareValues(
  judgement: Judgement,
  { bank, pcrs }: VerifiedTpmQuote,
  own: NitroDocument['pcrs'],
): void {
  if (bank !== 'sha384') return;
  for (const [pcr, value] of pcrs) {
    const want = own.get(pcr);
    if (want === undefined) continue;
    const message = 'quote and document differ';
    judgement.compare('pcr-mismatch', `pcrs.${pcr}`, toHex(value), toHex(want), message);
  }
}

/** The caller of the device chose the form: an uncompressed point of P-256, or a SubjectPublicKeyInfo. */
function toSpki(publicKey: Bytes): Bytes {
  const isPoint = publicKey.length === 65 && publicKey[0] === 4;
  if (!isPoint) return publicKey;
  const algorithm = derSequence(derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7'));
  return derSequence(algorithm, derBitString(concat(publicKey)));
}
