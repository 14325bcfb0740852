import { describe, expect, it } from 'vitest';
import {
  createHostCertificate,
  parseCertificate,
  parsePublicKey,
  toSshPublicKey,
  verifyCertificate,
  type CertificateExpectation,
} from './index.ts';
import {
  AUTHORITIES,
  AUTHORITY,
  BLOBS,
  DURING,
  FROM,
  KEY,
  OTHER_AUTHORITY,
  random,
  sample,
  toLine,
  UNTIL,
  wire,
} from './testing/samples.ts';

const EXPECTATION: CertificateExpectation = {
  ...{ kind: 'user', authorities: AUTHORITIES.map(([, key]) => toSshPublicKey(key)), principal: 'deploy' },
  now: DURING,
};
const notGenuine = expect.objectContaining({ code: 'ssh-certificate-not-genuine', outcome: 'genuine' });
const refused = expect.objectContaining({ code: 'ssh-certificate-refused', outcome: 'policy' });
const verify = (changes: Partial<CertificateExpectation>, certificate = sample()) => {
  verifyCertificate(certificate, { ...EXPECTATION, ...changes });
};

describe('verifyCertificate', () => {
  it('takes one from its first second to before its last', () => {
    for (const now of [FROM, DURING, new Date(UNTIL.getTime() - 1)]) verify({ now });
  });

  it('refuses it before and after', () => {
    expect(() => verify({ now: new Date(FROM.getTime() - 1) })).toThrow(refused);
    expect(() => verify({ now: UNTIL })).toThrow(refused);
  });

  it('refuses it from an authority that is not trusted, and S04 where none is', () => {
    expect(() => verify({ authorities: [toSshPublicKey(OTHER_AUTHORITY)] })).toThrow(notGenuine);
    expect(() => verify({ authorities: [] })).toThrow(notGenuine);
  });

  it('S31 refuses another principal, and reads none as a pattern or a list', () => {
    for (const principal of [
      'root',
      'deplo',
      'deploy2',
      'Deploy',
      '*',
      'deploy,root',
      '',
      'deploy@pool.other',
    ]) {
      expect(() => verify({ principal })).toThrow(refused);
    }
    verify({ principal: 'deploy@pool.workers' });
  });

  it('S31 takes no certificate without principals for anybody’s', () => {
    expect(() => verify({}, { ...sample(), principals: [] })).toThrow(refused);
  });

  it('refuses that of a host for a user and the reverse', () => {
    const fields = {
      key: KEY,
      serial: 1n,
      keyId: 'host',
      principals: ['deploy'],
      validAfter: FROM,
      validBefore: UNTIL,
    };
    const host = createHostCertificate(fields, { key: AUTHORITY, random });
    verify({ kind: 'host' }, host);
    expect(() => verify({}, host)).toThrow(refused);
    expect(() => verify({ kind: 'host' })).toThrow(refused);
  });

  it('refuses critical options that it does not know, and any of a host', () => {
    const options = (name: string) => ({ criticalOptions: new Map([[name, 'x']]) });
    verify({}, { ...sample(), ...options('force-command') });
    expect(() => verify({}, { ...sample(), ...options('verify-required') })).toThrow(refused);
    const fields = {
      key: KEY,
      serial: 1n,
      keyId: 'host',
      principals: ['deploy'],
      validAfter: FROM,
      validBefore: UNTIL,
    };
    const host = createHostCertificate(fields, { key: AUTHORITY, random });
    expect(() => verify({ kind: 'host' }, { ...host, ...options('force-command') })).toThrow(refused);
  });

  it.each(AUTHORITIES)('refuses any change of what %s signed, and of the signature', (_, authority) => {
    const made = createHostCertificate(
      { key: KEY, serial: 1n, keyId: 'host', principals: ['deploy'], validAfter: FROM, validBefore: UNTIL },
      { key: authority, random },
    );
    verify({ kind: 'host' }, made);
    const coded = expect.objectContaining({ name: 'SshError' });
    for (let at = 0; at < made.blob.length; at++) {
      const blob = made.blob.slice();
      blob[at] = (blob[at] ?? 0) ^ 4;
      const line = toLine('ssh-ed25519-cert-v01@openssh.com', blob);
      expect(() => verify({ kind: 'host' }, parseCertificate(line))).toThrow(coded);
    }
  });

  it('refuses an ECDSA signature with numbers that are longer than the curve, or negative', () => {
    const made = createHostCertificate(
      { key: KEY, serial: 1n, keyId: 'host', principals: ['deploy'], validAfter: FROM, validBefore: UNTIL },
      { key: OTHER_AUTHORITY, random },
    );
    const one = Uint8Array.of(1);
    for (const number of [
      new Uint8Array(33).fill(1),
      new Uint8Array(32).fill(0x80),
      new Uint8Array(0),
      one,
    ]) {
      for (const numbers of [wire(number, one), wire(one, number), wire(number), wire(number, one, one)]) {
        const signature = wire('ecdsa-sha2-nistp256', numbers);
        expect(() => verify({ kind: 'host' }, { ...made, signature })).toThrow(
          expect.objectContaining({ name: 'SshError' }),
        );
      }
    }
  });

  it('cannot check signatures of FIDO authorities, and says so', () => {
    const type = 'sk-ssh-ed25519@openssh.com';
    const authority = parsePublicKey(toLine(type, BLOBS[type] ?? new Uint8Array()));
    expect(() => verify({ authorities: [authority] }, { ...sample(), authority })).toThrow(notGenuine);
  });
});
