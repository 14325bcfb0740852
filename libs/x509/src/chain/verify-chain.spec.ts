import { copyBytes, type Bytes } from '@asterism/bytes';
import {
  authorityKeyIdentifier,
  basicConstraints,
  commonName,
  extendedKeyUsage,
  keyUsage,
  MINT_NOT_AFTER,
  MINT_NOT_BEFORE,
  mintChain,
  mintCrl,
  mintKey,
  pssAlgorithm,
  withExtension,
  withoutExtension,
  type ChainOptions,
  type CrlOptions,
  type MintedChain,
} from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import {
  ChainError,
  ChainUndecidedError,
  derOctetString,
  derSequence,
  derUnsignedInteger,
  EKU,
  EXTENSION,
  spkiSha256,
  VerifiedChain,
  verifyChain,
  X509Error,
  type ChainErrorCode,
  type ChainRequest,
} from '../index.ts';
import { parseCertificate } from '../certificate/certificate.ts';

const UNKNOWN_CRITICAL = {
  oid: '1.3.6.1.4.1.99999.1',
  critical: true,
  value: derOctetString(Uint8Array.of(1)),
};
const MILLISECOND = 1;

function flipLastBit(signature: Bytes): Bytes {
  const flipped = copyBytes(signature);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  return flipped;
}

function verifyMinted(chain: MintedChain, request: Partial<ChainRequest> = {}): Promise<VerifiedChain> {
  const { leaf, intermediates, anchors, at } = chain;
  return verifyChain({ leaf, intermediates, anchors, at, ...request });
}

async function expectRefusal(
  code: ChainErrorCode,
  options: ChainOptions,
  request: Partial<ChainRequest> = {},
): Promise<void> {
  await expectChainError(code, verifyMinted(await mintChain(options), request));
}

async function expectChainError(code: ChainErrorCode, verification: Promise<unknown>): Promise<void> {
  const error = await verification.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ChainError);
  expect(error).toMatchObject({ code, outcome: 'genuine' });
}

async function expectUndecided(code: string, verification: Promise<unknown>): Promise<void> {
  const error = await verification.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ChainUndecidedError);
  expect(error).toMatchObject({ code, outcome: 'undecided' });
}

describe('verifyChain accepts', () => {
  it('a chain to a pinned root and returns it leaf first', async () => {
    const chain = await mintChain({ intermediates: 2 });
    const verified = await verifyMinted(chain);
    expect(verified.certificates).toEqual([chain.leaf, ...chain.intermediates]);
    expect(verified.leaf).toBe(chain.leaf);
    expect(verified.anchor).toEqual(chain.anchors[0]);
    expect(verified.revocationChecked).toEqual([false, false, false]);
    expect(VerifiedChain.isGenuine(verified)).toBe(true);
  });

  it('issuers in any order and among certificates that do not belong', async () => {
    const [chain, other] = await Promise.all([mintChain({ intermediates: 3 }), mintChain()]);
    const intermediates = [...other.intermediates, ...chain.intermediates.toReversed()];
    await expect(verifyMinted(chain, { intermediates })).resolves.toMatchObject({ leaf: chain.leaf });
  });

  it.each(['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa-2048', 'rsa-pss-sha384', 'ed25519'] as const)(
    'keys and signatures of %s',
    async (keys) => {
      const chain = await mintChain({ keys });
      await expect(verifyMinted(chain)).resolves.toMatchObject({ anchor: { name: 'mint root' } });
    },
  );

  it('both ends of the validity period', async () => {
    const chain = await mintChain();
    await expect(verifyMinted(chain, { at: MINT_NOT_BEFORE })).resolves.toBeDefined();
    await expect(verifyMinted(chain, { at: MINT_NOT_AFTER })).resolves.toBeDefined();
  });

  it('as many CAs as the path length allows', async () => {
    const chain = await mintChain({ intermediates: 2, root: withExtension(basicConstraints(true, 2)) });
    await expect(verifyMinted(chain)).resolves.toBeDefined();
  });

  it('a leaf whose usage and purpose are those asked for', async () => {
    const chain = await mintChain({
      leafExtensions: [keyUsage(2), extendedKeyUsage(EKU.tcgEkCertificate)],
      intermediate: withExtension(extendedKeyUsage(EKU.tcgEkCertificate)),
    });
    const request = {
      leafUsage: ['keyEncipherment', 'keyAgreement'],
      leafEku: EKU.tcgEkCertificate,
    } as const;
    await expect(verifyMinted(chain, request)).resolves.toBeDefined();
  });

  it('a leaf for the one usage that is asked for', async () => {
    const chain = await mintChain({ leafExtensions: [keyUsage(0)] });
    await expect(verifyMinted(chain, { leafUsage: 'digitalSignature' })).resolves.toBeDefined();
  });

  it('certificates of which only one side names the key', async () => {
    for (const removed of [EXTENSION.authorityKeyIdentifier, EXTENSION.subjectKeyIdentifier]) {
      const spoil = withoutExtension(removed);
      const chain = await mintChain({ leaf: spoil, intermediate: spoil, root: spoil });
      await expect(verifyMinted(chain)).resolves.toBeDefined();
    }
  });

  it('a CA for any purpose above a leaf for one', async () => {
    const purposes = extendedKeyUsage(EKU.clientAuth, EKU.any);
    const chain = await mintChain({
      leafExtensions: [extendedKeyUsage(EKU.serverAuth)],
      intermediate: withExtension(purposes),
    });
    await expect(verifyMinted(chain, { leafEku: EKU.serverAuth })).resolves.toBeDefined();
    await expectChainError('extended-key-usage', verifyMinted(chain, { leafEku: EKU.tcgEkCertificate }));
  });

  it('as many certificates and lists as are taken at all, and a chain of eight', async () => {
    const others = await Promise.all(Array.from({ length: 12 }, () => mintChain()));
    const chain = await mintChain({ intermediates: 6 });
    const intermediates = [...others.flatMap((other) => other.intermediates), ...chain.intermediates];
    const [issuer] = chain.issuers;
    if (issuer === undefined) throw new Error('the mint made no issuer');
    const list = await mintCrl(issuer);
    const crls = Array.from({ length: 32 }, () => list);
    const given = { intermediates: [...intermediates, ...others.slice(0, 1).map(({ leaf }) => leaf)], crls };
    expect(given.intermediates).toHaveLength(32);
    const { certificates } = await verifyMinted(chain, given);
    expect(certificates).toHaveLength(8);
    await expect(verifyMinted(chain, { crls: [...crls, list] })).rejects.toMatchObject({
      code: 'argument-invalid',
    });
  });

  it('a critical extension that the caller understands', async () => {
    const chain = await mintChain({ leaf: withExtension(UNKNOWN_CRITICAL) });
    const criticalExtensionsUnderstood = [UNKNOWN_CRITICAL.oid];
    await expect(verifyMinted(chain, { criticalExtensionsUnderstood })).resolves.toBeDefined();
  });

  it('the right one of two issuers of one name, whatever their order', async () => {
    const [chain, twin] = await Promise.all([mintChain(), mintChain()]);
    const [twinIssuer] = twin.intermediates;
    for (const intermediates of [
      [twinIssuer, ...chain.intermediates],
      [...chain.intermediates, twinIssuer],
    ]) {
      const request = { intermediates: intermediates.filter((certificate) => certificate !== undefined) };
      await expect(verifyMinted(chain, request)).resolves.toMatchObject({ leaf: chain.leaf });
    }
  });
});

describe('S11 a certificate chain is refused when', () => {
  const refusals: readonly (readonly [string, ChainErrorCode, ChainOptions, Partial<ChainRequest>?])[] = [
    ['S11 the leaf has expired', 'expired', { leaf: () => ({ notAfter: new Date('2026-05-31T23:59:58Z') }) }],
    [
      'S11 an intermediate has expired',
      'expired',
      { intermediate: () => ({ notAfter: new Date('2026-05-01') }) },
    ],
    ['S11 the root has expired', 'expired', { root: () => ({ notAfter: new Date('2026-05-01') }) }],
    [
      'S11 the leaf is not valid yet',
      'not-yet-valid',
      { leaf: () => ({ notBefore: new Date('2026-06-02') }) },
    ],
    [
      'S11 an intermediate is not valid yet',
      'not-yet-valid',
      { intermediate: () => ({ notBefore: new Date('2026-06-02') }) },
    ],
    [
      'S11 the root is not valid yet',
      'not-yet-valid',
      { root: () => ({ notBefore: new Date('2026-06-02') }) },
    ],
    [
      'S11 the issuer lacks the CA flag',
      'not-a-ca',
      { intermediate: withExtension(basicConstraints(false)) },
    ],
    [
      'S11 the issuer has no basic constraints',
      'not-a-ca',
      { intermediate: withoutExtension(EXTENSION.basicConstraints) },
    ],
    ['S11 the root lacks the CA flag', 'not-a-ca', { root: withExtension(basicConstraints(false)) }],
    [
      'S11 the issuer is a v1 certificate',
      'not-a-ca',
      { intermediate: () => ({ version: 1, extensions: [] }) },
    ],
    [
      'S11 more CAs follow than the path length allows',
      'path-length-exceeded',
      { root: withExtension(basicConstraints(true, 0)) },
    ],
    [
      'S11 two CAs follow a path length of one',
      'path-length-exceeded',
      { intermediates: 2, root: withExtension(basicConstraints(true, 1)) },
    ],
    [
      'S11 the issuer may not sign certificates',
      'key-usage',
      { intermediate: withExtension(keyUsage(0, 6)) },
    ],
    [
      'S11 the issuer states no key usage',
      'key-usage',
      { intermediate: withoutExtension(EXTENSION.keyUsage) },
    ],
    ['S11 the leaf has another key usage than asked for', 'key-usage', {}, { leafUsage: 'keyEncipherment' }],
    [
      'S11 the leaf states no key usage and one is asked for',
      'key-usage',
      { leafExtensions: [] },
      { leafUsage: 'digitalSignature' },
    ],
    ['S11 the list of accepted leaf usages is empty', 'key-usage', {}, { leafUsage: [] }],
    [
      'S11 the leaf is for another purpose',
      'extended-key-usage',
      { leafExtensions: [extendedKeyUsage(EKU.clientAuth)] },
      { leafEku: EKU.tcgEkCertificate },
    ],
    [
      'S11 the leaf states no purpose and one is asked for',
      'extended-key-usage',
      {},
      { leafEku: EKU.tcgEkCertificate },
    ],
    [
      'S11 a CA is for another purpose than the leaf',
      'extended-key-usage',
      {
        leafExtensions: [extendedKeyUsage(EKU.tcgEkCertificate)],
        intermediate: withExtension(extendedKeyUsage(EKU.serverAuth)),
      },
      { leafEku: EKU.tcgEkCertificate },
    ],
    [
      'S11 the signature of the leaf is spoilt',
      'signature-invalid',
      { leaf: () => ({ signature: flipLastBit }) },
    ],
    [
      'S11 the signature of an intermediate is spoilt',
      'signature-invalid',
      { intermediate: () => ({ signature: flipLastBit }) },
    ],
    [
      'S11 the signature of the root is spoilt',
      'signature-invalid',
      { root: () => ({ signature: flipLastBit }) },
    ],
    [
      'S11 an RSA signature is spoilt',
      'signature-invalid',
      { keys: { issuers: 'rsa-2048' }, leaf: () => ({ signature: flipLastBit }) },
    ],
    [
      'S11 an RSA-PSS signature is spoilt',
      'signature-invalid',
      { keys: { issuers: 'rsa-pss-sha384' }, leaf: () => ({ signature: flipLastBit }) },
    ],
    [
      'S11 an ECDSA signature is empty',
      'signature-invalid',
      { leaf: () => ({ signature: () => new Uint8Array() }) },
    ],
    [
      'S11 r of an ECDSA signature is zero',
      'signature-invalid',
      { leaf: () => ({ signature: () => derSequence(derUnsignedInteger(0), derUnsignedInteger(1)) }) },
    ],
    [
      'S11 an RSA signature is a byte short',
      'signature-invalid',
      { keys: { issuers: 'rsa-2048' }, leaf: () => ({ signature: (genuine) => genuine.slice(1) }) },
    ],
    ['S11 ECDSA is made over SHA-1', 'algorithm-refused', { keys: { issuers: 'ecdsa-p256-sha1' } }],
    ['S11 RSA is made over SHA-1', 'algorithm-refused', { keys: { issuers: 'rsa-2048-sha1' } }],
    ['S11 an RSA key has 1024 bits', 'algorithm-refused', { keys: { issuers: 'rsa-1024' } }],
    [
      'S11 the signature algorithm is not that of the key',
      'algorithm-refused',
      { leaf: () => ({ algorithm: pssAlgorithm() }) },
    ],
    [
      'S11 RSA-PSS masks with another hash',
      'algorithm-refused',
      {
        keys: { issuers: 'rsa-pss-sha384' },
        leaf: () => ({ algorithm: pssAlgorithm({ maskHash: '2.16.840.1.101.3.4.2.1' }) }),
      },
    ],
    [
      'S11 RSA-PSS has a short salt',
      'algorithm-refused',
      { keys: { issuers: 'rsa-pss-sha384' }, leaf: () => ({ algorithm: pssAlgorithm({ saltLength: 20 }) }) },
    ],
    [
      'S11 RSA-PSS has another trailer',
      'algorithm-refused',
      { keys: { issuers: 'rsa-pss-sha384' }, leaf: () => ({ algorithm: pssAlgorithm({ trailerField: 2 }) }) },
    ],
    [
      'S11 RSA-PSS hashes with SHA-1',
      'algorithm-refused',
      {
        keys: { issuers: 'rsa-pss-sha384' },
        leaf: () => ({ algorithm: pssAlgorithm({ hash: '1.3.14.3.2.26' }) }),
      },
    ],
    [
      'S11 the issuer has another name',
      'name-mismatch',
      { leaf: () => ({ issuer: commonName('someone else') }) },
    ],
    [
      'S11 the issuer is missing',
      'issuer-missing',
      {
        leaf: (genuine) => ({
          issuer: commonName('someone else'),
          ...withoutExtension(EXTENSION.authorityKeyIdentifier)(genuine),
        }),
      },
    ],
    [
      'S11 the issuer has another key identifier',
      'key-identifier-mismatch',
      { leaf: withExtension(authorityKeyIdentifier(new Uint8Array(20))) },
    ],
    [
      'S11 the leaf has an unknown critical extension',
      'unknown-critical-extension',
      { leaf: withExtension(UNKNOWN_CRITICAL) },
    ],
    [
      'S11 an intermediate has an unknown critical extension',
      'unknown-critical-extension',
      { intermediate: withExtension(UNKNOWN_CRITICAL) },
    ],
    [
      'S11 the root has an unknown critical extension',
      'unknown-critical-extension',
      { root: withExtension(UNKNOWN_CRITICAL) },
    ],
    [
      'S11 a CA has name constraints, critical or not',
      'name-constraints-unsupported',
      {
        intermediate: withExtension({
          oid: EXTENSION.nameConstraints,
          critical: false,
          value: derSequence(),
        }),
      },
    ],
    ['S11 no anchor is given', 'anchor-unknown', {}, { anchors: [] }],
    [
      'S11 the self-signed root is not among the anchors',
      'anchor-unknown',
      {},
      { anchors: [{ name: 'mint root', spkiSha256: '0'.repeat(64) }] },
    ],
    ['S11 the chain has more than eight certificates', 'chain-too-long', { intermediates: 7 }],
  ];

  for (const [title, code, options, request] of refusals) {
    it(title, () => expectRefusal(code, options, request));
  }

  it('S11 the root is left out', async () => {
    const chain = await mintChain();
    await expectChainError(
      'issuer-missing',
      verifyMinted(chain, { intermediates: chain.intermediates.slice(0, 1) }),
    );
  });

  it('S11 a certificate pinned by its key is not self-signed', async () => {
    const chain = await mintChain({ intermediates: 2 });
    const [pinned] = chain.issuers;
    const digest = pinned === undefined ? '' : await spkiSha256(pinned.certificate);
    await expectChainError(
      'anchor-unknown',
      verifyMinted(chain, { anchors: [{ name: 'pinned', spkiSha256: digest }] }),
    );
  });

  it('S11 the leaf is a self-signed certificate on its own', async () => {
    const chain = await mintChain();
    const [, root] = chain.intermediates;
    if (root === undefined) throw new Error('the mint made no root');
    await expectChainError('issuer-missing', verifyMinted(chain, { leaf: root, intermediates: [] }));
  });

  it('S11 a certificate is given twice', async () => {
    const chain = await mintChain();
    const copies = [...chain.intermediates, ...chain.intermediates.map(({ der }) => parseCertificate(der))];
    await expectChainError('duplicate-certificate', verifyMinted(chain, { intermediates: copies }));
    await expectChainError(
      'duplicate-certificate',
      verifyMinted(chain, { intermediates: [chain.leaf, ...chain.intermediates] }),
    );
  });

  it('S11 two CAs issue each other', async () => {
    const [a, b] = await Promise.all([mintKey(), mintKey()]);
    const chain = await mintChain({
      leaf: () => ({ issuer: commonName('a'), signer: a, extensions: [] }),
      intermediate: () => ({
        subject: commonName('a'),
        issuer: commonName('b'),
        spki: a.spki,
        signer: b,
        extensions: [basicConstraints(true), keyUsage(5)],
      }),
      root: () => ({
        subject: commonName('b'),
        issuer: commonName('a'),
        spki: b.spki,
        signer: a,
        extensions: [basicConstraints(true), keyUsage(5)],
      }),
    });
    // The mint takes the issuer's name from the certificate above, so the names are spoilt on all three.
    await expectChainError('chain-loop', verifyMinted(chain));
  });

  it('S11 a swarm of issuers of one name would take too many signature checks', async () => {
    // Every link holds, and the seventh layer leads nowhere: 4 ** 7 paths.
    const key = await mintKey();
    const extensions = [basicConstraints(true), keyUsage(5)];
    const swarm = Array.from({ length: 28 }, async (_, serial) => {
      const layer = Math.floor(serial / 4);
      const [subject, issuer] = [commonName(`layer ${layer}`), commonName(`layer ${layer + 1}`)];
      const own = { subject, issuer, serial: serial + 1, extensions, spki: key.spki, signer: key };
      return (await mintChain({ intermediates: 0, root: () => own })).intermediates;
    });
    const spoil = () => ({ issuer: commonName('layer 0'), extensions: [], signer: key });
    const { leaf, anchors, at } = await mintChain({ leaf: spoil });
    const chain = { leaf, intermediates: (await Promise.all(swarm)).flat(), anchors, at };
    await expectChainError('search-exhausted', verifyChain(chain));
  });

  it('S11 arguments are out of bounds', async () => {
    const chain = await mintChain();
    const broken: readonly Partial<ChainRequest>[] = [
      { at: new Date(Number.NaN) },
      { anchors: [{ name: 'short', spkiSha256: 'ab' }] },
      { anchors: [{ name: 'long', spkiSha256: `${chain.anchors[0]?.spkiSha256}00` }] },
      { anchors: [{ name: 'behind', spkiSha256: `00${chain.anchors[0]?.spkiSha256}` }] },
      { intermediates: Array.from({ length: 33 }, () => chain.leaf) },
    ];
    for (const request of broken) {
      await expect(verifyMinted(chain, request)).rejects.toSatisfy(
        (error: unknown) => error instanceof X509Error && error.code === 'argument-invalid',
      );
    }
  });

  it('S11 one millisecond past the last second', async () => {
    const chain = await mintChain();
    const at = new Date(MINT_NOT_AFTER.getTime() + 1000);
    await expectChainError('expired', verifyMinted(chain, { at }));
    const before = new Date(MINT_NOT_BEFORE.getTime() - MILLISECOND);
    await expectChainError('not-yet-valid', verifyMinted(chain, { at: before }));
  });
});

describe('S11 revocation lists', () => {
  async function withCrls(
    options: { readonly issuing?: CrlOptions; readonly root?: CrlOptions },
    request: Partial<ChainRequest> = {},
    chainOptions: ChainOptions = {},
  ): Promise<VerifiedChain> {
    const chain = await mintChain(chainOptions);
    const [issuing, root] = chain.issuers;
    if (issuing === undefined || root === undefined) throw new Error('the mint made too few issuers');
    const crls = [
      ...(options.issuing === undefined ? [] : [await mintCrl(issuing, options.issuing)]),
      ...(options.root === undefined ? [] : [await mintCrl(root, options.root)]),
    ];
    return verifyMinted(chain, { crls, ...request });
  }

  it('are accepted when fresh, complete and genuine', async () => {
    const verified = await withCrls({ issuing: { revoked: [5] }, root: {} }, { requireCrl: true });
    expect(verified.revocationChecked).toEqual([true, true]);
  });

  it('are needed for intermediates only where the caller says so', async () => {
    await expect(withCrls({ root: {} }, { requireCrl: 'intermediates' })).resolves.toBeDefined();
    await expectUndecided('crl-missing', withCrls({ issuing: {} }, { requireCrl: 'intermediates' }));
  });

  it('S11 refuse a revoked leaf', async () => {
    await expectChainError('revoked', withCrls({ issuing: { revoked: [4, 1000] } }));
  });

  it('S11 refuse a revoked intermediate', async () => {
    await expectChainError('revoked', withCrls({ root: { revoked: [101] } }));
  });

  it('S11 leave it undecided when one is needed and missing', async () => {
    await expectUndecided('crl-missing', withCrls({ root: {} }, { requireCrl: true }));
    await expectUndecided('crl-missing', withCrls({}, { requireCrl: true, crls: undefined }));
  });

  it('S11 leave it undecided when expired, needed or not, and whatever they say', async () => {
    const expired = { nextUpdate: new Date('2026-05-31') };
    await expectUndecided('crl-expired', withCrls({ issuing: expired, root: {} }));
    await expectUndecided(
      'crl-expired',
      withCrls({ issuing: { ...expired, revoked: [1000] } }, { requireCrl: true }),
    );
  });

  it('S11 leave it undecided when from the future', async () => {
    const future = { thisUpdate: new Date('2026-06-02'), nextUpdate: new Date('2026-06-03') };
    await expectUndecided('crl-not-yet-valid', withCrls({ issuing: future }));
  });

  it('use a fresh one beside an expired one', async () => {
    const chain = await mintChain();
    const [issuing] = chain.issuers;
    if (issuing === undefined) throw new Error('the mint made no issuer');
    const expired = await mintCrl(issuing, { nextUpdate: new Date('2026-05-31') });
    const fresh = await mintCrl(issuing, { revoked: [1000] });
    await expectChainError('revoked', verifyMinted(chain, { crls: [expired, fresh] }));
  });

  it('S11 are refused with a spoilt signature', async () => {
    await expectChainError('crl-signature-invalid', withCrls({ issuing: { signature: flipLastBit } }));
  });

  it('S11 are refused when signed by another key', async () => {
    await expectChainError('crl-signature-invalid', withCrls({ issuing: { signer: await mintKey() } }));
  });

  it('S11 are refused when the issuer may not sign them', async () => {
    const chainOptions = { intermediate: withExtension(keyUsage(5)) };
    await expectChainError('key-usage', withCrls({ issuing: {} }, {}, chainOptions));
  });

  it('S11 are refused with an unknown critical extension', async () => {
    await expectChainError(
      'unknown-critical-extension',
      withCrls({ issuing: { extensions: [UNKNOWN_CRITICAL] } }),
    );
  });

  it('S11 are refused with an unknown critical extension of an entry', async () => {
    const issuing = { revoked: [3], entryExtensions: [UNKNOWN_CRITICAL] };
    await expectChainError('unknown-critical-extension', withCrls({ issuing }));
  });

  it.each([
    ['delta', EXTENSION.deltaCrlIndicator],
    ['partial', EXTENSION.issuingDistributionPoint],
  ])('S11 are refused when %s', async (_kind, oid) => {
    const extensions = [{ oid, critical: true, value: derUnsignedInteger(1) }];
    await expectChainError('crl-scope-unsupported', withCrls({ issuing: { extensions } }));
  });

  it('S11 of another issuer do not count', async () => {
    const issuing = { issuerName: commonName('someone else') };
    await expectUndecided('crl-missing', withCrls({ issuing, root: {} }, { requireCrl: true }));
  });

  it('S11 made over SHA-1 are refused', async () => {
    const signer = await mintKey('ecdsa-p256-sha1');
    await expectChainError('algorithm-refused', withCrls({ issuing: { signer } }));
  });
});

describe('VerifiedChain', () => {
  it('is made by nobody else', async () => {
    const verified = await verifyMinted(await mintChain());
    const { certificates, anchor, verifiedAt, revocationChecked } = verified;
    const forge = (proof: unknown): unknown =>
      Reflect.construct(VerifiedChain, [proof, certificates, anchor, verifiedAt, revocationChecked]);
    for (const proof of [Symbol('made by verifyChain'), undefined]) {
      expect(() => forge(proof)).toThrow(/only verifyChain/);
    }
    expect(VerifiedChain.isGenuine({ ...verified })).toBe(false);
    expect(VerifiedChain.isGenuine(Object.create(VerifiedChain.prototype))).toBe(false);
    for (const other of [null, undefined, 'chain']) expect(VerifiedChain.isGenuine(other)).toBe(false);
    for (const held of [verified, verified.certificates, verified.anchor, verified.revocationChecked]) {
      expect(Object.isFrozen(held)).toBe(true);
    }
  });
});
