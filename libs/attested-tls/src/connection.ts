import type { Bytes } from '@asterism/bytes';

/** What TLS itself says about a connection; nothing of it is attested yet. */
export interface AttestedConnection {
  /** 128 random bits, hexadecimal: names this socket, and only this one, in records such as nonces. */
  readonly id: string;
  /** 32 bytes, protocol §1.2. */
  readonly exporter: Bytes;
  /** SubjectPublicKeyInfo of the client's TLS key, DER. */
  readonly peerSpki: Bytes;
  /** SubjectPublicKeyInfo of our TLS key, DER. */
  readonly ownSpki: Bytes;
  readonly tls: { readonly version: string; readonly cipher: string; readonly keyExchange: string };
  readonly remoteAddress: string;
  /** Aborts when the socket closes. */
  readonly closed: AbortSignal;
}
