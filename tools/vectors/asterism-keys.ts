import { ed25519Public, hash, hkdf, p256Point } from './openssl.ts';

/** Bytes `from`, `from` + 1 … as hexadecimal. */
export function range(from: number, length: number): string {
  return Buffer.from(Array.from({ length }, (_, at) => (from + at) % 256)).toString('hex');
}

export const hexOf = (text: string) => Buffer.from(text, 'utf8').toString('hex');
const u32 = (value: number) => value.toString(16).padStart(8, '0');

/** Each item as a 4-byte length and its bytes; items are hexadecimal. */
export function frame(...items: readonly string[]): string {
  return items.map((item) => u32(item.length / 2) + item).join('');
}

const ROOT = range(0x00, 32);
const SALT = range(0x20, 32);
const MEASUREMENT_SALT = range(0x40, 32);
const DISK = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const LAST_VERSION = 2 ** 32 - 1;

/** Names that an implementation may get wrong: text that is not ASCII, one letter in two spellings, pieces of a frame. */
const NAMES: readonly (readonly [purpose: string, id: string, version: number, length: number])[] = [
  ['state-disk', DISK, 1, 32],
  ['state-disk', DISK, 2, 32],
  ['state-disk', DISK, 256, 32],
  ['state-disk', DISK, LAST_VERSION, 32],
  ['state-disk', DISK, 1, 16],
  ['state-disk', DISK, 1, 64],
  ['state-disk', DISK.toUpperCase(), 1, 32],
  ['state-disk', 'measurement', 1, 32],
  ['volume', DISK, 1, 32],
  ['volume', '', 1, 32],
  ['volume', 'pvc-ü', 1, 32],
  ['volume', 'pvc-u\u0308', 1, 32],
  ['volume', '東京/🔑', 1, 32],
  ['volume', 'a\0b', 1, 32],
  ['volume', 'line\n', 1, 32],
  ['volume', 'state-disk', 1, 32],
  ['volume', '\0\0\0\x04\0\0\0\x01', 1, 32],
  ['volume', 'x'.repeat(300), 1, 32],
  ['object-store', 'a', LAST_VERSION, 64],
  ['object-store', 's3proxy-kek', 1, 32],
  ['measurement', '', 1, 32],
  ['ssh-user-ca', '', 1, 32],
  ['ssh-user-ca', '', 2, 32],
  ['ssh-host-ca', '', 1, 32],
  ['cluster-ca', 'etcd', 1, 48],
  ['cluster-ca', 'kubernetes', 1, 48],
  ['result-signing', '', 1, 48],
];

/** `derive` of protocol §5. */
export function deriveKey(
  root: { readonly root: string; readonly salt: string },
  [purpose, id, version, length]: (typeof NAMES)[number],
): string {
  const info = frame(hexOf('asterism/key/v1'), hexOf(purpose), hexOf(id), u32(version));
  return hkdf(root.root, root.salt, info, length);
}

/** Order of P-256, SP 800-186 §3.2.1.3. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Kind, and the purpose and id that its key is derived under with each algorithm. */
const SSH_AUTHORITIES = [
  ['user', 'ssh-user-ca', { ed25519: '', 'ecdsa-p256': 'ecdsa-p256' }],
  ['host', 'ssh-host-ca', { ed25519: '', 'ecdsa-p256': 'ecdsa-p256' }],
  ['emergency', 'ssh-user-ca', { ed25519: 'emergency', 'ecdsa-p256': 'emergency-ecdsa-p256' }],
] as const;

/** Public halves: an Ed25519 key, or the point of a key of P-256. */
function sshAuthorities(root: { readonly root: string; readonly salt: string }): object[] {
  return SSH_AUTHORITIES.flatMap(([kind, purpose, ids]) =>
    [1, 2].flatMap((version) => [
      {
        ...{ kind, version, algorithm: 'ed25519' },
        publicKey: ed25519Public(deriveKey(root, [purpose, ids.ed25519, version, 32])),
      },
      {
        ...{ kind, version, algorithm: 'ecdsa-p256' },
        publicKey: pointOf(signingKey(deriveKey(root, [purpose, ids['ecdsa-p256'], version, 48]))),
      },
    ]),
  );
}

/** Uncompressed, SEC 1 §2.3.3. */
function pointOf({ x, y }: { readonly x: string; readonly y: string }): string {
  return `04${x}${y}`;
}

/** FIPS 186-5 A.2.1. */
function signingKey(bits: string): { d: string; x: string; y: string } {
  const scalar = (BigInt(`0x${bits}`) % (P256_ORDER - 1n)) + 1n;
  const d = scalar.toString(16).padStart(64, '0');
  return { d, ...p256Point(d) };
}

function lock(bank: 'sha256' | 'sha384', clusterId: string): { digest: string; pcr15: string } {
  const digest = hash(bank, clusterId);
  return { digest, pcr15: hash(bank, '0'.repeat(digest.length) + digest) };
}

/** libs/keys/vectors/keys.v1.json */
export function asterismVectors(): object {
  const cluster = { root: ROOT, salt: SALT };
  const measurementSecret = deriveKey(cluster, ['measurement', '', 1, 32]);
  const clusterId = hkdf(measurementSecret, MEASUREMENT_SALT, hexOf('asterism/cluster-id/v1'), 32);
  return {
    about:
      'Test vectors of protocol section 5, all bytes in hexadecimal. Computed with the kdf command of OpenSSL by tools/vectors.',
    ...cluster,
    measurementSalt: MEASUREMENT_SALT,
    keys: NAMES.map(([purpose, id, version, length]) => ({
      purpose,
      id,
      version,
      length,
      key: deriveKey(cluster, [purpose, id, version, length]),
    })),
    measurementSecret,
    clusterId,
    lock: { sha256: lock('sha256', clusterId), sha384: lock('sha384', clusterId) },
    resultSigning: { version: 1, ...signingKey(deriveKey(cluster, ['result-signing', '', 1, 48])) },
    sshAuthorities: sshAuthorities(cluster),
  };
}
