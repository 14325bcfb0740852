/**
 * Types of WebCrypto, taken from its functions: the DOM library and Node's types name them differently, and this room
 * is compiled against each.
 */
export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export interface CryptoKeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}
