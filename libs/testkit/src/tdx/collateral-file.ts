import { toHex } from '@asterism/bytes';
import type { PcsAnswer, PcsAnswers } from '@asterism/tdx';

/** Answers of Intel's PCS as one file in the layout of `collateral.json`. */
export function collateralFileOf({
  rootCaCrl,
  pckCrl,
  tcbInfo,
  qeIdentity,
}: PcsAnswers): Record<string, unknown> {
  return {
    ...(rootCaCrl && { root_ca_crl: toHex(rootCaCrl) }),
    ...(pckCrl && { pck_crl: toHex(pckCrl) }),
    ...(tcbInfo && documentOf('tcb_info', tcbInfo)),
    ...(qeIdentity && documentOf('qe_identity', qeIdentity)),
  };
}

/** The signed text of an answer and its signature. */
export function cutAnswer({ body }: PcsAnswer): { readonly text: string; readonly signature: string } {
  const [, text = '', signature = ''] = /^\{"\w+":(.*),"signature":"(\w+)"\}$/.exec(body) ?? [];
  return { text, signature };
}

function documentOf(name: string, answer: PcsAnswer): Record<string, unknown> {
  const { text, signature } = cutAnswer(answer);
  return {
    [name]: text,
    [`${name}_signature`]: signature,
    [`${name}_issuer_chain`]: decodeURIComponent(answer.issuerChain ?? ''),
  };
}
