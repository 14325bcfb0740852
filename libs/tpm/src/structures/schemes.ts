import type { Reader, Writer } from '@asterism/bytes';
import { hashId, readHash, TPM_ALG, unsupported, type TpmHashName } from './algorithms.ts';

/** TPMT_SYM_DEF_OBJECT, Part 2 §11.1.7; null is TPM_ALG_NULL. */
export interface SymmetricDefinition {
  readonly algorithm: 'aes';
  readonly keyBits: 128 | 192 | 256;
  readonly mode: 'cfb';
}

export function readSymmetric(reader: Reader): SymmetricDefinition | null {
  const algorithm = reader.u16();
  if (algorithm === TPM_ALG.null) return null;
  if (algorithm !== TPM_ALG.aes) throw unsupported('symmetric algorithm', algorithm);
  const keyBits = reader.u16();
  if (keyBits !== 128 && keyBits !== 192 && keyBits !== 256) throw unsupported('AES key size', keyBits);
  const mode = reader.u16();
  if (mode !== TPM_ALG.cfb) throw unsupported('symmetric mode', mode);
  return { algorithm: 'aes', keyBits, mode: 'cfb' };
}

export function writeSymmetric(writer: Writer, symmetric: SymmetricDefinition | null): void {
  if (symmetric === null) writer.u16(TPM_ALG.null);
  else writer.u16(TPM_ALG.aes).u16(symmetric.keyBits).u16(TPM_ALG.cfb);
}

const SCHEMES = {
  rsassa: TPM_ALG.rsassa,
  rsapss: TPM_ALG.rsapss,
  oaep: TPM_ALG.oaep,
  ecdsa: TPM_ALG.ecdsa,
  ecdh: TPM_ALG.ecdh,
} as const;
type SchemeName = keyof typeof SCHEMES;

/** TPMT_RSA_SCHEME and TPMT_ECC_SCHEME (Part 2 §11.2.4.2, §11.2.5.6); null is TPM_ALG_NULL. */
export interface RsaScheme {
  readonly scheme: 'rsassa' | 'rsapss' | 'oaep';
  readonly hash: TpmHashName;
}
export interface EccScheme {
  readonly scheme: 'ecdsa' | 'ecdh';
  readonly hash: TpmHashName;
}

function readScheme<Name extends SchemeName>(
  reader: Reader,
  allowed: readonly Name[],
): { scheme: Name; hash: TpmHashName } | null {
  const id = reader.u16();
  if (id === TPM_ALG.null) return null;
  const scheme = allowed.find((name) => SCHEMES[name] === id);
  if (scheme === undefined) throw unsupported('asymmetric scheme', id);
  return { scheme, hash: readHash(reader) };
}

export function readRsaScheme(reader: Reader): RsaScheme | null {
  return readScheme(reader, ['rsassa', 'rsapss', 'oaep']);
}

export function readEccScheme(reader: Reader): EccScheme | null {
  return readScheme(reader, ['ecdsa', 'ecdh']);
}

export function writeScheme(writer: Writer, scheme: RsaScheme | EccScheme | null): void {
  if (scheme === null) writer.u16(TPM_ALG.null);
  else writer.u16(SCHEMES[scheme.scheme]).u16(hashId(scheme.hash));
}
