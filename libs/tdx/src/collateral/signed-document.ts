import { utf8, type Bytes } from '@asterism/bytes';
import { parseCertificate, parsePem, type Certificate } from '@asterism/x509';
import { hexBytes } from './json.ts';

interface Parts<Content> {
  readonly content: Content;
  readonly signed: Bytes;
  readonly signature: Bytes;
  readonly issuers: readonly Certificate[];
}

/**
 * A document of Intel's with its signature over the exact text. Not verified. The class is not exported as a value, so that
 * only this room makes one, and the content that is used is the content that is signed (S05).
 */
export class SignedDocument<Content> implements Parts<Content> {
  /** The JSON text, as it was signed. */
  readonly signed: Bytes;
  /** ECDSA P-256, `r ‖ s`. */
  readonly signature: Bytes;
  /** The signer and his issuers in any order; none where the chain did not come along. */
  readonly issuers: readonly Certificate[];
  /** Makes the type nominal: no object that merely has these fields is one. */
  readonly #content: Content;

  constructor({ content, signed, signature, issuers }: Parts<Content>) {
    this.#content = content;
    this.signed = signed;
    this.signature = signature;
    this.issuers = Object.freeze([...issuers]);
    Object.freeze(this);
  }

  get content(): Content {
    return this.#content;
  }

  /** The same document, where its chain came by another way. */
  withIssuers(issuers: readonly Certificate[]): SignedDocument<Content> {
    return new SignedDocument({
      content: this.#content,
      signed: this.signed,
      signature: this.signature,
      issuers,
    });
  }
}

/** @throws TdxFormatError `collateral-malformed`, X509Error on a chain that cannot be read. */
export function readSignedDocument<Content>(
  text: string,
  signature: string,
  issuerChain: string | undefined,
  parse: (text: string) => Content,
): SignedDocument<Content> {
  return new SignedDocument({
    content: parse(text),
    signed: utf8(text),
    signature: hexBytes(signature, 'signature'),
    issuers: issuerChain === undefined ? [] : parsePem(issuerChain).map(parseCertificate),
  });
}
