import { utf8, type Bytes } from '@asterism/bytes';
import { parseCertificate, parseCrl, parsePem, X509Error, type Certificate, type Crl } from '@asterism/x509';
import { TdxFormatError } from '../errors.ts';
import { hexBytes, JsonObject } from './json.ts';
import { parseQeIdentity, type QeIdentity } from './qe-identity.ts';
import { parseTcbInfo, type TcbInfo } from './tcb-info.ts';

/** A document of Intel's with its signature over the exact text. Not verified. */
export interface SignedDocument<Content> {
  readonly content: Content;
  /** The JSON text, as it was signed. */
  readonly signed: Bytes;
  /** ECDSA P-256, `r ‖ s`. */
  readonly signature: Bytes;
  readonly issuers: readonly Certificate[];
}

/** What a quote is judged by besides itself. What is missing makes the quote undecided. */
export interface TdxCollateral {
  readonly rootCaCrl?: Crl | undefined;
  readonly pckCrl?: Crl | undefined;
  readonly tcbInfo?: SignedDocument<TcbInfo> | undefined;
  readonly qeIdentity?: SignedDocument<QeIdentity> | undefined;
}

/** An answer of PCS: its body, and its issuer-chain header, which is PEM in percent-encoding. */
export interface PcsAnswer {
  readonly body: string;
  readonly issuerChain: string;
}

export interface PcsAnswers {
  /** DER. */
  readonly rootCaCrl?: Uint8Array;
  readonly pckCrl?: Uint8Array;
  readonly tcbInfo?: PcsAnswer;
  readonly qeIdentity?: PcsAnswer;
}

/** Collateral from answers of Intel's PCS or of a PCCS. @throws TdxFormatError `collateral-malformed` */
export function collateralFromPcs(answers: PcsAnswers): TdxCollateral {
  const { rootCaCrl, pckCrl, tcbInfo, qeIdentity } = answers;
  return readable(() => ({
    rootCaCrl: rootCaCrl && parseCrl(rootCaCrl),
    pckCrl: pckCrl && parseCrl(pckCrl),
    tcbInfo: tcbInfo && fromAnswer(tcbInfo, 'tcbInfo', parseTcbInfo),
    qeIdentity: qeIdentity && fromAnswer(qeIdentity, 'enclaveIdentity', parseQeIdentity),
  }));
}

/**
 * Collateral from the `collateral.json` layout: `root_ca_crl`, `pck_crl` (DER in hexadecimal), `tcb_info`,
 * `qe_identity` (the signed texts) with `…_signature` and `…_issuer_chain`. @throws TdxFormatError
 */
export function parseTdxCollateral(value: unknown): TdxCollateral {
  const json = new JsonObject(value, 'collateral');
  const list = (name: string) => (json.has(name) ? parseCrl(hexBytes(json.text(name), name)) : undefined);
  const signed = <Content>(name: string, parse: (text: string) => Content) =>
    json.has(name)
      ? document(
          json.text(name),
          json.text(`${name}_signature`),
          json.text(`${name}_issuer_chain`),
          parse,
        )
      : undefined;
  return readable(() => ({
    rootCaCrl: list('root_ca_crl'),
    pckCrl: list('pck_crl'),
    tcbInfo: signed('tcb_info', parseTcbInfo),
    qeIdentity: signed('qe_identity', parseQeIdentity),
  }));
}

/** The signature is over the inner text as it stands, so it is cut out of the body and never written anew. */
function fromAnswer<Content>(
  { body, issuerChain }: PcsAnswer,
  name: string,
  parse: (text: string) => Content,
): SignedDocument<Content> {
  const start = `{"${name}":`;
  const end = /,"signature":"([0-9A-Fa-f]{128})"\}\s*$/.exec(body);
  if (!body.startsWith(start) || end?.[1] === undefined) {
    throw new TdxFormatError('collateral-malformed', `answer is not ${name} and its signature`);
  }
  return document(body.slice(start.length, end.index), end[1], unescape(issuerChain), parse);
}

function unescape(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch (cause) {
    throw new TdxFormatError('collateral-malformed', 'issuer chain is not percent-encoded', { cause });
  }
}

function document<Content>(
  text: string,
  signature: string,
  chain: string,
  parse: (text: string) => Content,
): SignedDocument<Content> {
  return {
    content: parse(text),
    signed: utf8(text),
    signature: hexBytes(signature, 'signature'),
    issuers: parsePem(chain).map(parseCertificate),
  };
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw new TdxFormatError('collateral-malformed', cause.message, { cause });
  }
}
