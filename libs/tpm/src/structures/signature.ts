import { Writer, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure } from '../errors.ts';
import { hashId, readHash, TPM_ALG, unsupported, type TpmHashName } from './algorithms.ts';

/** TPMT_SIGNATURE, Part 2 §11.3.4: RSASSA, RSAPSS and ECDSA. */
export type TpmtSignature =
  | { readonly scheme: 'rsassa' | 'rsapss'; readonly hash: TpmHashName; readonly signature: Bytes }
  | { readonly scheme: 'ecdsa'; readonly hash: TpmHashName; readonly r: Bytes; readonly s: Bytes };

/** 4096 bits. */
const MAX_RSA = 512;
/** P-521, the largest curve of the registry. */
const MAX_COORDINATE = 66;

function readSignature(reader: Reader): TpmtSignature {
  const scheme = reader.u16();
  if (scheme === TPM_ALG.rsassa || scheme === TPM_ALG.rsapss) {
    const hash = readHash(reader);
    return {
      scheme: scheme === TPM_ALG.rsassa ? 'rsassa' : 'rsapss',
      hash,
      signature: reader.sized16(MAX_RSA),
    };
  }
  if (scheme === TPM_ALG.ecdsa) {
    const hash = readHash(reader);
    const r = reader.sized16(MAX_COORDINATE);
    return { scheme: 'ecdsa', hash, r, s: reader.sized16(MAX_COORDINATE) };
  }
  throw unsupported('signature scheme', scheme);
}

/** @throws TpmFormatError */
export function decodeSignature(bytes: Uint8Array): TpmtSignature {
  return readStructure('TPMT_SIGNATURE', bytes, readSignature);
}

export function encodeSignature(signature: TpmtSignature): Bytes {
  const writer = new Writer('big').u16(TPM_ALG[signature.scheme]).u16(hashId(signature.hash));
  if (signature.scheme === 'ecdsa') writer.sized16(signature.r).sized16(signature.s);
  else writer.sized16(signature.signature);
  return writer.finish();
}
