import {
  authorityKeyIdentifier,
  basicConstraints,
  commonName,
  keyUsage,
  MINT_NOT_AFTER,
  MINT_NOT_BEFORE,
  mintCertificate,
  mintKey,
  mintSnp,
  mintSnpPki,
  pssAlgorithm,
  withExtension,
  withoutExtension,
  type MintedSnpMachine,
  type MintKeyKind,
  type SnpPkiOptions,
  type Spoil,
} from '@asterism/testkit';
import { EXTENSION, type Certificate } from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import type { ReportRequest } from '../index.ts';
import { outcomeOf } from '../testing/outcome.ts';

/** A certificate of a chain, and the kind of key whose chain it stands in. */
const PLACES = [
  ['ARK', 'VCEK'],
  ['ASK', 'VCEK'],
  ['VCEK', 'VCEK'],
  ['ARK', 'VLEK'],
  ['ASVK', 'VLEK'],
  ['VLEK', 'VLEK'],
] as const;
type Place = (typeof PLACES)[number][0];
const ISSUERS = PLACES.filter(([place]) => place.startsWith('A'));
const SUBORDINATES = PLACES.filter(([place]) => place !== 'ARK');

/** A machine of Milan's with one certificate of its chain spoilt. */
async function spoil(place: Place, kind: 'VCEK' | 'VLEK', change: Spoil): Promise<MintedSnpMachine> {
  const option: Record<Place, SnpPkiOptions> = {
    ARK: { ark: change },
    ASK: { ask: change },
    ASVK: { asvk: change },
    VCEK: {},
    VLEK: {},
  };
  const pki = await mintSnpPki('Milan', option[place]);
  return pki.machine({ kind, ...(place.startsWith('V') ? { leaf: change } : {}) });
}

async function outcome(machine: MintedSnpMachine, changes: Partial<ReportRequest> = {}) {
  return outcomeOf({ ...machine.request(await machine.report()), ...changes });
}

const refused = (code: string) => [`chain-refused: ${code}`];

describe('S11 every certificate of the chain', () => {
  it.each(PLACES)('S11 %s of a %s has dates', async (place, kind) => {
    const past = new Date(MINT_NOT_BEFORE.getTime() + 1000);
    const future = new Date(MINT_NOT_AFTER.getTime() - 1000);
    expect(await outcome(await spoil(place, kind, () => ({ notAfter: past })))).toEqual(refused('expired'));
    expect(await outcome(await spoil(place, kind, () => ({ notBefore: future })))).toEqual(
      refused('not-yet-valid'),
    );
  });

  it.each(PLACES)('S11 %s of a %s has no critical extension that is unknown', async (place, kind) => {
    const unknown = { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) };
    expect(await outcome(await spoil(place, kind, withExtension(unknown)))).toEqual(
      refused('unknown-critical-extension'),
    );
    const harmless = await spoil(place, kind, withExtension({ ...unknown, critical: false }));
    expect(await outcome(harmless)).toBe('genuine');
  });

  it.each(PLACES)('S11 %s of a %s is signed by its issuer', async (place, kind) => {
    const flip: Spoil = () => ({ signature: ([first = 0, ...rest]) => Uint8Array.of(first ^ 1, ...rest) });
    expect(await outcome(await spoil(place, kind, flip))).toEqual(refused('signature-invalid'));
  });

  it.each(PLACES)('S11 %s of a %s has the parameters of RSA-PSS that AMD signs with', async (place, kind) => {
    const sha256 = '2.16.840.1.101.3.4.2.1';
    for (const [parameters, code] of [
      [{ saltLength: 32 }, 'algorithm-refused'],
      [{ saltLength: 64 }, 'algorithm-refused'],
      [{ maskHash: sha256 }, 'algorithm-refused'],
      [{ trailerField: 2 }, 'algorithm-refused'],
      [{ hash: sha256 }, 'algorithm-refused'],
      [{ hash: sha256, maskHash: sha256, saltLength: 32 }, 'signature-invalid'],
    ] as const) {
      const algorithm = pssAlgorithm(parameters);
      expect(await outcome(await spoil(place, kind, () => ({ algorithm })))).toEqual(refused(code));
    }
  });

  it.each(ISSUERS)('S11 %s of a %s is a CA that may sign certificates', async (place, kind) => {
    for (const [change, code] of [
      [withExtension(basicConstraints(false)), 'not-a-ca'],
      [withoutExtension(EXTENSION.basicConstraints), 'not-a-ca'],
      [() => ({ version: 1, extensions: [] }), 'not-a-ca'],
      [withExtension(keyUsage(0, 6)), 'key-usage'],
      [withoutExtension(EXTENSION.keyUsage), 'key-usage'],
    ] as const satisfies readonly (readonly [Spoil, string])[]) {
      expect(await outcome(await spoil(place, kind, change))).toEqual(refused(code));
    }
  });

  it.each(SUBORDINATES)('S11 %s of a %s names its issuer and its key', async (place, kind) => {
    const other = authorityKeyIdentifier(new Uint8Array(20));
    expect(await outcome(await spoil(place, kind, withExtension(other)))).toEqual(
      refused('key-identifier-mismatch'),
    );
    const stranger: Spoil = (genuine) => ({
      ...withoutExtension(EXTENSION.authorityKeyIdentifier)(genuine),
      issuer: commonName('ARK-Milan'),
    });
    expect(await outcome(await spoil(place, kind, stranger))).toEqual(refused('issuer-missing'));
  });

  it.each(PLACES)('S11 %s of a %s has the name of its place', async (place, kind) => {
    const subject = commonName('ARK-Turin');
    const renamed = place === 'ARK' ? { subject, issuer: subject } : { subject };
    expect(await outcome(await spoil(place, kind, () => renamed))).toEqual(['certificate-names']);
  });
});

describe('S11 the chain', () => {
  it.each([
    ['rsa-2048', 'algorithm-refused'],
    ['ecdsa-p384', 'algorithm-refused'],
    ['rsa-pss-sha256', 'algorithm-refused'],
  ] as const)('S11 of issuers that sign with %s is refused', async (issuerKeys, code) => {
    const pki = await mintSnpPki('Milan', { issuerKeys });
    expect(await outcome(await pki.machine())).toEqual([code]);
  });

  it.each(['ecdsa-p256', 'ecdsa-p521', 'rsa-2048'] as const satisfies readonly MintKeyKind[])(
    'S11 of an endorsement key of kind %s is refused',
    async (leafKey) => {
      const machine = await mintSnp();
      const other = await machine.pki.machine({ hwId: machine.hwId, leafKey });
      expect(await outcome(machine, { leaf: other.leaf })).toEqual(['algorithm-refused']);
    },
  );

  it('S11 may have no more issuers than a path length allows, and no fourth certificate', async () => {
    const sub = await mintKey('rsa-pss-sha384');
    const withSub = async (options: SnpPkiOptions): Promise<MintedSnpMachine & { sub: Certificate }> => {
      const pki = await mintSnpPki('Milan', options);
      const subject = commonName('SEV-SUB');
      const issuer = await mintCertificate({
        version: 3,
        serial: 5,
        subject,
        issuer: pki.ask.certificate.subject.der,
        notBefore: MINT_NOT_BEFORE,
        notAfter: MINT_NOT_AFTER,
        spki: sub.spki,
        extensions: [basicConstraints(true), keyUsage(5)],
        signer: pki.ask.key,
        algorithm: pki.ask.key.algorithm,
        outerAlgorithm: pki.ask.key.algorithm,
        signature: (genuine) => genuine,
      });
      const machine = await pki.machine({ leaf: () => ({ issuer: subject, signer: sub }) });
      return { ...machine, sub: issuer };
    };
    const short = await withSub({});
    const intermediates = [short.sub, ...short.intermediates];
    expect(await outcome(short, { intermediates })).toEqual(refused('path-length-exceeded'));
    const long = await withSub({ ask: withExtension(basicConstraints(true)) });
    expect(await outcome(long, { intermediates: [long.sub, ...long.intermediates] })).toEqual([
      'certificate-names',
    ]);
    const root = await mintSnpPki('Milan', { ark: withExtension(basicConstraints(true, 0)) });
    expect(await outcome(await root.machine())).toEqual(refused('path-length-exceeded'));
  });

  it('S11 must end in a root among the anchors, whatever its name', async () => {
    const machine = await mintSnp();
    expect(await outcome(machine, { roots: [] })).toEqual(refused('anchor-unknown'));
    const foreign = await mintSnpPki('Milan', { foreign: true });
    expect(await outcome(await foreign.machine(), { roots: machine.roots })).toEqual(
      refused('anchor-unknown'),
    );
    const { pki } = machine;
    const forged = await foreign.machine();
    const intermediates = [pki.ask.certificate, pki.ark.certificate];
    expect(await outcome(forged, { roots: machine.roots, intermediates })).toEqual(
      refused('signature-invalid'),
    );
  });

  it('S11 lacks no certificate, has none twice, and may come with those of others', async () => {
    const machine = await mintSnp();
    const [ask, ark] = machine.intermediates as [Certificate, Certificate];
    expect(await outcome(machine, { intermediates: [ask] })).toEqual(refused('issuer-missing'));
    expect(await outcome(machine, { intermediates: [ark] })).toEqual(refused('issuer-missing'));
    expect(await outcome(machine, { intermediates: [ask, ark, ark] })).toEqual(
      refused('duplicate-certificate'),
    );
    const genoa = await mintSnp({ product: 'Genoa' });
    const { asvk } = machine.pki;
    const intermediates = [...genoa.intermediates, ark, asvk.certificate, ask];
    expect(await outcome(machine, { intermediates })).toBe('genuine');
  });
});
