import { toBase64url } from '@asterism/bytes';
import type { TpmEvidence } from '@asterism/contracts';
import {
  commonName,
  MINT_NOT_AFTER,
  MINT_NOT_BEFORE,
  mintCertificate,
  mintKey,
  mintTpm,
  type MintedTpm,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeActivation, toMachineIdentity } from './index.ts';

const SECRET = new Uint8Array(32).fill(0x5e);
const random = (length: number) => SECRET.slice(0, length);
let tpm: MintedTpm;
let evidence: TpmEvidence;

beforeAll(async () => {
  tpm = await mintTpm();
  const issuer = await mintKey();
  const { der } = await mintCertificate({
    version: 3,
    serial: 1,
    subject: commonName('EK'),
    issuer: commonName('TPM maker'),
    notBefore: MINT_NOT_BEFORE,
    notAfter: MINT_NOT_AFTER,
    spki: tpm.ekSpki,
    extensions: [],
    signer: issuer,
    algorithm: issuer.algorithm,
    outerAlgorithm: issuer.algorithm,
    signature: (genuine) => genuine,
  });
  evidence = await tpm.quote({
    request: { variant: 'tpm', bank: 'sha256', pcrs: [15] },
    binding: new Uint8Array(32),
    ekCertificates: [der],
  });
});

describe('makeActivation', () => {
  it('makes a credential for the EK of the certificate and the AK of the evidence', async () => {
    const made = await makeActivation(evidence, random);
    if (made === null) throw new Error('no credential was made');
    expect(await tpm.activate(made.credential)).toEqual(SECRET);
    expect(made.expected.secret).toEqual(SECRET);
    expect(made.expected.akPublic).toEqual(tpm.akPublic);
    expect(await toMachineIdentity(made.expected.ekPublic)).toBe(tpm.identity);
    // The secret is in the credential encrypted only.
    expect(JSON.stringify(made.credential)).not.toContain(toBase64url(SECRET).slice(0, 40));
  });

  it('makes none where the evidence shows no usable EK', async () => {
    const withCertificates = (ekCertificates: string[] | undefined) =>
      makeActivation({ ...evidence, parts: { ...evidence.parts, ekCertificates } }, random);
    expect(await withCertificates(undefined)).toBeNull();
    expect(await withCertificates([])).toBeNull();
    expect(await withCertificates(['AAAA'])).toBeNull();
    expect(await makeActivation({ variant: 'sev-snp', parts: {} }, random)).toBeNull();
  });
});
