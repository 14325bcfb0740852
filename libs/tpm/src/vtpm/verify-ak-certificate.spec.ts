import { utf8, type Bytes } from '@asterism/bytes';
import {
  basicConstraints,
  bitFlips,
  commonName,
  extendedKeyUsage,
  keyUsage,
  MINT_AT,
  mintChain,
  mintCrl,
  truncations,
  withExtension,
  withoutExtension,
  type ChainOptions,
} from '@asterism/testkit';
import {
  contextConstructed,
  derBoolean,
  derElement,
  derExplicit,
  derSequence,
  derUnsignedInteger,
  derUtf8String,
  EKU,
  EXTENSION,
  TAG,
  type Certificate,
  type Extension,
} from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import { TpmFormatError } from '../errors.ts';
import { parseGoogleInstance } from './google-instance.ts';
import { verifyAkCertificate, type AkCertificateRequest, type VtpmCloud } from './verify-ak-certificate.ts';

const security = (production: boolean) =>
  derExplicit(
    0,
    derSequence(
      derExplicit(0, derUnsignedInteger(3)),
      derExplicit(1, derBoolean(production)),
      derExplicit(2, derBoolean(true)),
    ),
  );
const INSTANCE = [
  derUtf8String('us-central1-a'),
  derUnsignedInteger(Uint8Array.of(0xe7, 0xaf, 0x73, 0x5e, 0x9c)),
  derUtf8String('project'),
  derUnsignedInteger(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
  derUtf8String('node-1'),
];
const instanceInfo = (value: Bytes): Extension => ({
  oid: '1.3.6.1.4.1.11129.2.1.21',
  critical: false,
  value,
});
const VALUE = derSequence(...INSTANCE, security(true));

/** Extensions of an attestation key's certificate, as each cloud writes them. */
const LEAF: Readonly<Record<VtpmCloud, readonly Extension[]>> = {
  azure: [keyUsage(0), extendedKeyUsage('1.3.6.1.4.1.311.10.3.12', EKU.tcgAikCertificate)],
  google: [basicConstraints(false), keyUsage(0), instanceInfo(VALUE)],
};

async function verify(
  cloud: VtpmCloud,
  options: ChainOptions = {},
  changes: Partial<AkCertificateRequest> = {},
) {
  const { leaf, intermediates, anchors } = await mintChain({ leafExtensions: LEAF[cloud], ...options });
  return verifyAkCertificate({ cloud, leaf, intermediates, roots: anchors, at: MINT_AT, ...changes });
}
const outcome = (verification: Promise<unknown>): Promise<string> =>
  verification.then(
    () => 'genuine',
    (error: { code: string }) => error.code,
  );

const CLOUDS = ['azure', 'google'] as const;
const early = new Date(MINT_AT.getTime() + 1000);
const late = new Date(MINT_AT.getTime() - 2000);
const critical = withExtension({ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) });

const SPOILT: readonly [what: string, code: string, options: ChainOptions][] = [
  ['leaf not yet valid', 'not-yet-valid', { leaf: () => ({ notBefore: early }) }],
  ['leaf expired', 'expired', { leaf: () => ({ notAfter: late }) }],
  ['intermediate expired', 'expired', { intermediate: () => ({ notAfter: late }) }],
  ['root expired', 'expired', { root: () => ({ notAfter: late }) }],
  ['intermediate that is no CA', 'not-a-ca', { intermediate: withExtension(basicConstraints(false)) }],
  [
    'root that allows no CA below',
    'path-length-exceeded',
    { root: withExtension(basicConstraints(true, 0)) },
  ],
  ['intermediate that may not sign', 'key-usage', { intermediate: withExtension(keyUsage(6)) }],
  ['key that only enciphers', 'key-usage', { leaf: withExtension(keyUsage(2)) }],
  ['key without usage', 'key-usage', { leaf: withoutExtension(EXTENSION.keyUsage) }],
  ['leaf of another issuer', 'name-mismatch', { leaf: () => ({ issuer: commonName('another') }) }],
  ['unknown critical extension', 'unknown-critical-extension', { leaf: critical }],
  ['unknown critical extension of a CA', 'unknown-critical-extension', { intermediate: critical }],
  ['signatures with SHA-1', 'algorithm-refused', { keys: { issuers: 'rsa-2048-sha1' } }],
  ['signatures of 1024 bits', 'algorithm-refused', { keys: { issuers: 'rsa-1024' } }],
  ['spoilt signature', 'signature-invalid', { leaf: () => ({ signature: spoilt }) }],
  ['spoilt signature of a CA', 'signature-invalid', { intermediate: () => ({ signature: spoilt }) }],
];

function spoilt(signature: Bytes): Bytes {
  return signature.map((octet, i) => (i === signature.length - 1 ? octet ^ 1 : octet));
}

describe.each(CLOUDS)('the AK certificate of a vTPM of %s', (cloud) => {
  it('is genuine', async () => {
    const { chain, instance } = await verify(cloud);
    expect(chain.certificates).toHaveLength(3);
    expect(instance === null).toBe(cloud === 'azure');
  });

  it.each(SPOILT)('S11 %s is refused: %s', async (_what, code, options) => {
    expect(await outcome(verify(cloud, options))).toBe(code);
  });

  it('S11 to no pinned root is refused', async () => {
    expect(await outcome(verify(cloud, {}, { roots: [] }))).toBe('anchor-unknown');
    const { anchors } = await mintChain();
    expect(await outcome(verify(cloud, {}, { roots: anchors }))).toBe('anchor-unknown');
  });

  it('S11 revoked is refused, and lists that are required and missing leave it undecided', async () => {
    const { leaf, intermediates, anchors, issuers } = await mintChain({ leafExtensions: LEAF[cloud] });
    const [issuer] = issuers;
    if (issuer === undefined) throw new Error('no issuer');
    const request = { cloud, leaf, intermediates, roots: anchors, at: MINT_AT } as const;
    const crls = [await mintCrl(issuer, { revoked: [1000] })];
    expect(await outcome(verifyAkCertificate({ ...request, crls }))).toBe('revoked');
    expect(await outcome(verifyAkCertificate({ ...request, requireCrl: true }))).toBe('crl-missing');
  });
});

describe('what tells attestation keys from others', () => {
  it('S11 Azure: without the purpose, or with that of an endorsement key, it is refused', async () => {
    const withPurpose = (oid: string) => verify('azure', { leaf: withExtension(extendedKeyUsage(oid)) });
    expect(await outcome(withPurpose(EKU.tcgEkCertificate))).toBe('extended-key-usage');
    expect(await outcome(withPurpose(EKU.any))).toBe('extended-key-usage');
    const none = verify('azure', { leaf: withoutExtension(EXTENSION.extendedKeyUsage) });
    expect(await outcome(none)).toBe('extended-key-usage');
  });

  it('S11 Google: without an instance it is refused', async () => {
    const none = verify('google', { leaf: withoutExtension('1.3.6.1.4.1.11129.2.1.21') });
    await expect(none).rejects.toMatchObject({
      name: 'TpmNotGenuineError',
      code: 'certificate-purpose',
      outcome: 'genuine',
    });
  });

  it('S11 a certificate of one cloud does not do for another', async () => {
    expect(await outcome(verify('azure', { leafExtensions: LEAF.google }))).toBe('extended-key-usage');
    expect(await outcome(verify('google', { leafExtensions: LEAF.azure }))).toBe('certificate-purpose');
  });

  it('Google: names the instance', async () => {
    expect((await verify('google')).instance).toEqual({
      zone: 'us-central1-a',
      projectNumber: '995081019036',
      projectId: 'project',
      instanceId: '18446744073709551615',
      instanceName: 'node-1',
      securityVersion: 3,
      production: true,
    });
  });
});

/** Only the extensions matter to who reads an instance. */
const read = (value: Bytes) =>
  parseGoogleInstance({ extensions: [instanceInfo(value)] } as unknown as Certificate);
const negative = derElement(TAG.integer, Uint8Array.of(0xff));

describe('the instance in a certificate', () => {
  it('is taken for no production machine where it does not say so', () => {
    expect(read(derSequence(...INSTANCE))).toMatchObject({ securityVersion: 0, production: false });
    expect(read(derSequence(...INSTANCE, security(false)))?.production).toBe(false);
    const empty = derSequence(...INSTANCE, derExplicit(0, derSequence()));
    expect(read(empty)).toMatchObject({ securityVersion: 0, production: false });
  });

  it.each<[what: string, value: Bytes]>([
    ['empty', new Uint8Array()],
    ['no sequence', utf8('us-central1-a')],
    ['a field short', derSequence(...INSTANCE.slice(0, 4))],
    ['a field long', derSequence(...INSTANCE, derUtf8String('more'))],
    ['with a negative number', derSequence(...INSTANCE.with(1, negative))],
    ['with a text for a number', derSequence(...INSTANCE.with(3, derUtf8String('1')))],
    ['with a number for a text', derSequence(...INSTANCE.with(0, derUnsignedInteger(1)))],
    ['not UTF-8', derSequence(...INSTANCE.with(2, derElement(TAG.utf8String, Uint8Array.of(0xff))))],
    ['with security that is no sequence', derSequence(...INSTANCE, derExplicit(0, derUnsignedInteger(1)))],
    ['with security twice', derSequence(...INSTANCE, security(true), security(false))],
    [
      'with two values in security',
      derSequence(...INSTANCE, derElement(contextConstructed(0), Uint8Array.of(0x30, 0, 0x30, 0))),
    ],
  ])('S09 %s is malformed', (_what, value) => {
    expect(() => read(value)).toThrow(
      expect.objectContaining({ name: 'TpmFormatError', code: 'malformed', outcome: 'input' }),
    );
  });

  it('S09 truncated or with a bit changed gives coded refusals only', () => {
    for (const cut of truncations(VALUE)) expect(() => read(cut)).toThrow(TpmFormatError);
    for (const flipped of bitFlips(VALUE)) {
      try {
        read(flipped);
      } catch (error) {
        expect(error).toBeInstanceOf(TpmFormatError);
      }
    }
  });
});
