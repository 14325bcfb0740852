import { parseCrl, X509Error, type Crl } from '@asterism/x509';
import { TdxFormatError } from '../errors.ts';
import { hexBytes, JsonObject } from './json.ts';
import { parseQeIdentity, type QeIdentity } from './qe-identity.ts';
import { readSignedDocument, type SignedDocument } from './signed-document.ts';
import { parseTcbInfo, type TcbInfo } from './tcb-info.ts';

/** What a quote is judged by besides itself. What is missing makes the quote undecided. */
export interface TdxCollateral {
  readonly rootCaCrl?: Crl | undefined;
  readonly pckCrl?: Crl | undefined;
  readonly tcbInfo?: SignedDocument<TcbInfo> | undefined;
  readonly qeIdentity?: SignedDocument<QeIdentity> | undefined;
}

/** An answer of PCS: its body, and its issuer-chain header, PEM in percent-encoding; absent where that was lost. */
export interface PcsAnswer {
  readonly body: string;
  readonly issuerChain?: string | undefined;
}

export interface PcsAnswers {
  /** DER. */
  readonly rootCaCrl?: Uint8Array | undefined;
  readonly pckCrl?: Uint8Array | undefined;
  readonly tcbInfo?: PcsAnswer | undefined;
  readonly qeIdentity?: PcsAnswer | undefined;
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
  const signed = <Content>(name: string, parse: (text: string) => Content) => {
    if (!json.has(name)) return undefined;
    const chain = `${name}_issuer_chain`;
    const issuerChain = json.has(chain) ? json.text(chain) : undefined;
    return readSignedDocument(json.text(name), json.text(`${name}_signature`), issuerChain, parse);
  };
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
  const chain = issuerChain === undefined ? undefined : decodeHeader(issuerChain);
  return readSignedDocument(body.slice(start.length, end.index), end[1], chain, parse);
}

function decodeHeader(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch (cause) {
    throw new TdxFormatError('collateral-malformed', 'issuer chain is not percent-encoded', { cause });
  }
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw new TdxFormatError('collateral-malformed', cause.message, { cause });
  }
}
