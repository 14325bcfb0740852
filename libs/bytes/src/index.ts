export { concat, copyBytes, equalBytes, isZero } from './arrays.ts';
export { canonicalJson, canonicalJsonBytes, type Json } from './canonical-json.ts';
export { BytesError, CodedError, type BytesErrorCode, type Mismatch, type Outcome } from './coded-error.ts';
export { digest, frame, hmac, sha256, type HashAlgorithm } from './digest.ts';
export {
  fromBase64,
  fromBase64url,
  fromBase64urlCharacters,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64url,
  toHex,
  utf8,
  type Bytes,
} from './encoding.ts';
export { Reader, type Endianness } from './reader.ts';
export { copySecret, secretBytes } from './secret-bytes.ts';
export { Writer } from './writer.ts';
