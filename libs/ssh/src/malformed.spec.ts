import { bitFlips, mutations, stopwatch, truncations } from '@asterism/testkit/malformed';
import { describe, expect, it } from 'vitest';
import {
  fingerprintOf,
  formatCertificate,
  formatPublicKey,
  parseCertificate,
  parsePublicKey,
  parseRevocationList,
  SshError,
  toSshPublicKey,
  verifyCertificate,
  writeRevocationList,
} from './index.ts';
import { AUTHORITIES, AUTHORITY, BLOBS, DURING, KEYS, sample, toLine, wire } from './testing/samples.ts';

const authority = toSshPublicKey(AUTHORITY);
const TYPE = 'ssh-ed25519-cert-v01@openssh.com';
const certificate = sample({ sourceAddresses: ['192.0.2.0/24'], forceCommand: '/usr/bin/id' });
const EMPTY = { version: 1n, generatedAt: DURING, comment: 'sample' };
const list = writeRevocationList({
  ...EMPTY,
  certificates: [
    { authority, serials: [1n, 900n, 901n, 5_000n, 5_002n, 5_005n, 5_006n, 5_100n], keyIds: ['a', 'b'] },
    {
      authority: toSshPublicKey(AUTHORITIES[1][1]),
      serials: Array.from({ length: 64 }, (_, at) => BigInt(at + 9)),
    },
  ],
  fingerprints: KEYS.map(fingerprintOf),
});

/** Reads, or is refused with a code. @throws all else */
function reads(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return false;
  }
}

const readsKey = (type: string, blob: Uint8Array) =>
  reads(() => {
    const line = toLine(type, blob);
    expect(formatPublicKey(parsePublicKey(line))).toBe(line);
  });

function readsCertificate(blob: Uint8Array): boolean {
  const line = toLine(TYPE, blob);
  return reads(() => expect(formatCertificate(parseCertificate(line))).toBe(line));
}

const isTaken = (blob: Uint8Array) =>
  reads(() => {
    const expectation = { kind: 'user', authorities: [authority], principal: 'deploy', now: DURING } as const;
    verifyCertificate(parseCertificate(toLine(TYPE, blob)), expectation);
  });

const readsList = (bytes: Uint8Array) => reads(() => parseRevocationList(bytes));

describe('S09 malformed public keys', () => {
  it.each(Object.entries(BLOBS))(
    'S09 of type %s are refused at every length, and never crash',
    (type, blob) => {
      expect(readsKey(type, blob)).toBe(true);
      for (const cut of truncations(blob)) expect(readsKey(type, cut)).toBe(false);
      for (const flipped of bitFlips(blob.subarray(0, 80))) readsKey(type, flipped);
      for (const changed of mutations(blob, 3, 400)) readsKey(type, changed);
    },
  );

  it('S09 of many megabytes are refused at once', () => {
    const elapsed = stopwatch();
    expect(reads(() => parsePublicKey(`ssh-rsa ${'A'.repeat(4_000_000)}`))).toBe(false);
    expect(elapsed()).toBeLessThan(100);
  });
});

describe('S09 malformed certificates', () => {
  it('S09 are refused at every length, and with bytes behind', () => {
    expect(isTaken(certificate.blob)).toBe(true);
    for (const cut of truncations(certificate.blob)) expect(readsCertificate(cut)).toBe(false);
    expect(readsCertificate(Uint8Array.of(...certificate.blob, 0))).toBe(false);
  });

  it('S09 are never taken with a bit flipped', () => {
    let readable = 0;
    for (const flipped of bitFlips(certificate.blob)) {
      if (readsCertificate(flipped)) readable++;
      expect(isTaken(flipped)).toBe(false);
    }
    expect(readable).toBeGreaterThan(500);
  });

  it('S09 are read to the same bytes or refused, whatever is changed', () => {
    for (const changed of mutations(certificate.blob, 5, 4_000)) readsCertificate(changed);
  });

  it('S09 of many megabytes are refused at once', () => {
    const elapsed = stopwatch();
    expect(reads(() => parseCertificate(`${TYPE} ${'A'.repeat(4_000_000)}`))).toBe(false);
    expect(elapsed()).toBeLessThan(100);
  });
});

describe('S09 malformed revocation lists', () => {
  it('S09 never crash, cut anywhere; a cut between sections is a shorter list', () => {
    expect(readsList(list)).toBe(true);
    const readable = [...truncations(list)].filter(readsList).map(({ length }) => length);
    // Header alone, header and one authority, header and two.
    expect(readable).toHaveLength(3);
  });

  it('S09 never crash with a bit flipped or bytes changed', () => {
    for (const flipped of bitFlips(list)) readsList(flipped);
    for (const changed of mutations(list, 8, 4_000)) readsList(changed);
  });

  it('S09 name no more serials than fit in memory, though a bit is enough for one', () => {
    const header = writeRevocationList({ ...EMPTY, certificates: [], fingerprints: [] });
    const bitmap = wire(Uint8Array.of(...new Uint8Array(8), ...wire(new Uint8Array(2_048).fill(0x55))));
    const bitmaps = Array.from({ length: 200 }, () => Buffer.concat([Uint8Array.of(0x22), bitmap]));
    const certificates = Buffer.concat([wire(authority.blob, ''), ...bitmaps]);
    const bytes = Buffer.concat([header, Uint8Array.of(1), wire(certificates)]);
    expect(bytes.length).toBeLessThan(500_000);
    expect(readsList(bytes)).toBe(false);
    const few = Buffer.concat([wire(authority.blob, ''), ...bitmaps.slice(0, 30)]);
    expect(readsList(Buffer.concat([header, Uint8Array.of(1), wire(few)]))).toBe(true);
  });

  it('S09 of many megabytes are refused at once', () => {
    const elapsed = stopwatch();
    expect(readsList(new Uint8Array(64 * 1024 * 1024).fill(0x53))).toBe(false);
    expect(elapsed()).toBeLessThan(100);
  });
});
