import { CodedError, fromHex } from '@asterism/bytes';
import { WYCHEPROOF_SIGNATURES } from '@asterism/testkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SignatureAlgorithm, SignatureHash } from '../certificate/algorithm.ts';
import { ecdsaRawToDer } from '../signature/ecdsa.ts';
import type { Curve } from '../signature/public-key.ts';
import { verifySignature } from '../signature/verify-signature.ts';

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}
interface Group {
  readonly publicKeyDer: string;
  readonly sha: string;
  readonly mgfSha?: string;
  readonly sLen?: number;
  readonly tests: readonly Case[];
}

const ECDSA: readonly (readonly [file: string, hash: SignatureHash, curve: Curve])[] = [
  ['ecdsa_secp256r1_sha256', 'SHA-256', 'P-256'],
  ['ecdsa_secp256r1_sha512', 'SHA-512', 'P-256'],
  ['ecdsa_secp384r1_sha256', 'SHA-256', 'P-384'],
  ['ecdsa_secp384r1_sha384', 'SHA-384', 'P-384'],
  ['ecdsa_secp384r1_sha512', 'SHA-512', 'P-384'],
  ['ecdsa_secp521r1_sha512', 'SHA-512', 'P-521'],
];
const P1363 = ECDSA.filter(([file]) => file !== 'ecdsa_secp384r1_sha256');
const RSA = [2048, 3072, 4096, 8192]
  .flatMap((bits) =>
    (['SHA-256', 'SHA-384', 'SHA-512'] as const)
      .filter((hash) => !(bits === 4096 && hash === 'SHA-384'))
      .map((hash) => [`rsa_signature_${bits}_${hash.replace('-', '').toLowerCase()}`, hash] as const),
  )
  .concat([['rsa_signature_4096_sha384', 'SHA-384']]);
/** Salt as long as the hash, and the hash in the mask: the only parameters that are taken. */
const PSS = [
  'rsa_pss_2048_sha256_mgf1_32',
  'rsa_pss_2048_sha384_mgf1_48',
  'rsa_pss_3072_sha256_mgf1_32',
  'rsa_pss_4096_sha256_mgf1_32',
  'rsa_pss_4096_sha384_mgf1_48',
  'rsa_pss_4096_sha512_mgf1_64',
  'rsa_pss_2048_sha256_mgf1_32_params',
  'rsa_pss_4096_sha512_mgf1_64_params',
];
/** Salts of another length, SHA-1 somewhere, another hash in the mask: refused whatever the signature. */
const REFUSED_PSS = [
  'rsa_pss_2048_sha1_mgf1_20',
  'rsa_pss_2048_sha256_mgf1_0',
  'rsa_pss_2048_sha256_mgf1sha1_20',
  'rsa_pss_2048_sha512_mgf1sha256_32_params',
  'rsa_pss_4096_sha512_mgf1_32',
];

const read = (file: string): readonly Group[] =>
  (
    JSON.parse(readFileSync(join(WYCHEPROOF_SIGNATURES ?? '', `${file}_test.json`), 'utf8')) as {
      testGroups: readonly Group[];
    }
  ).testGroups;

/** `acceptable` cases are refused here, but for keys of mixed order, on which RFC 8032 leaves the choice. */
function agrees({ result, flags }: Case, accepted: boolean): boolean {
  if (result === 'acceptable') return !accepted || flags.includes('MixedOrderPublicKey');
  return accepted === (result === 'valid');
}

/** Runs every case; those that come out otherwise than the suite says are returned by name. */
async function deviations(
  file: string,
  algorithmOf: (group: Group) => SignatureAlgorithm,
  signatureOf: (sig: Uint8Array) => Uint8Array = (sig) => sig,
): Promise<string[]> {
  const found: string[] = [];
  for (const group of read(file)) {
    for (const test of group.tests) {
      const { tcId, comment, flags, msg, sig } = test;
      const accepted = await verifies(group, algorithmOf(group), fromHex(msg), () =>
        signatureOf(fromHex(sig)),
      );
      if (agrees(test, accepted)) continue;
      found.push(`${tcId} ${comment} [${flags.join()}] ${accepted ? 'accepted' : 'refused'}`);
    }
  }
  return found;
}

async function verifies(
  { publicKeyDer }: Group,
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  signature: () => Uint8Array,
): Promise<boolean> {
  try {
    await verifySignature(fromHex(publicKeyDer), algorithm, message, signature());
    return true;
  } catch (error) {
    // Anything but a coded refusal fails the test.
    if (!(error instanceof CodedError)) throw error;
    return false;
  }
}

const pss = ({ sha, mgfSha, sLen }: Group): SignatureAlgorithm => ({
  kind: 'rsa-pss',
  hash: sha as SignatureHash,
  maskHash: (mgfSha ?? sha) as SignatureHash,
  saltLength: sLen ?? 0,
  trailerField: 1,
});

describe.skipIf(WYCHEPROOF_SIGNATURES === undefined)('Wycheproof', () => {
  it.each(ECDSA)('%s: strict DER, ranges, arithmetic', async (file, hash) => {
    expect(await deviations(file, () => ({ kind: 'ecdsa', hash }))).toEqual([]);
  });

  it.each(P1363)('%s_p1363: r ‖ s of TPMs, reports, quotes and COSE', async (file, hash, curve) => {
    const signatureOf = (raw: Uint8Array) => ecdsaRawToDer(raw, curve);
    expect(await deviations(`${file}_p1363`, () => ({ kind: 'ecdsa', hash }), signatureOf)).toEqual([]);
  });

  it('ed25519', async () => {
    expect(await deviations('ed25519', () => ({ kind: 'ed25519' }))).toEqual([]);
  });

  it.each(RSA)('%s: PKCS #1 v1.5 with every padding that is not quite right', async (file, hash) => {
    expect(await deviations(file, () => ({ kind: 'rsa-pkcs1', hash }))).toEqual([]);
  });

  it.each(PSS)('%s', async (file) => {
    expect(await deviations(file, pss)).toEqual([]);
  });

  it.each(REFUSED_PSS)('%s: parameters that no vendor uses are refused', async (file) => {
    for (const group of read(file)) {
      // Cases whose parameters, and nothing else, are what is wrong.
      for (const { msg, sig } of group.tests.filter(({ result }) => result === 'valid')) {
        const verified = verifySignature(fromHex(group.publicKeyDer), pss(group), fromHex(msg), fromHex(sig));
        await expect(verified).rejects.toMatchObject({ code: 'algorithm-refused' });
      }
    }
  });
});
