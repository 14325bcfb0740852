import {
  fingerprintOf,
  formatPublicKey,
  parseCertificate,
  parsePublicKey,
  parseRevocationList,
  verifyCertificate,
  writeRevocationList,
} from '@asterism/ssh';
import { AUTHORITIES, BLOBS, DURING, KEYS, sample, toLine } from '../../libs/ssh/src/testing/samples.ts';
import type { Target } from './target.ts';

/** The type that the bytes name themselves, so that what is behind it is read. */
function lineOf(blob: Uint8Array): string {
  const length = blob[3] ?? 0;
  const type = Buffer.from(blob.subarray(4, 4 + length)).toString('latin1');
  return toLine(type, blob);
}

function mintedLists(): Uint8Array[] {
  const [authority] = KEYS;
  if (authority === undefined) return [];
  const serials = [
    [3n, 900n, 70_000n],
    [5n, 6n, 7n],
    Array.from({ length: 90 }, (_, at) => BigInt(at * 3 + 1)),
  ];
  return serials.map((each) =>
    writeRevocationList({
      ...{ version: 1n, generatedAt: DURING, comment: 'seed', fingerprints: KEYS.map(fingerprintOf) },
      certificates: [{ authority, serials: each, keyIds: ['seed'] }],
    }),
  );
}

export const SSH_TARGETS: readonly Target[] = [
  {
    name: 'ssh-public-key',
    seeds: async () => Object.values(BLOBS),
    read: (input) => formatPublicKey(parsePublicKey(lineOf(input))),
  },
  {
    name: 'ssh-certificate',
    seeds: async () =>
      AUTHORITIES.flatMap(([, authority]) =>
        KEYS.map((key) => sample({ key, forceCommand: '/usr/bin/id' }, authority).blob),
      ),
    read: (input) => {
      const certificate = parseCertificate(lineOf(input));
      const authorities = [certificate.authority];
      verifyCertificate(certificate, { kind: 'user', authorities, principal: 'deploy', now: DURING });
    },
  },
  {
    name: 'ssh-revocation-list',
    seeds: async () => mintedLists(),
    read: parseRevocationList,
  },
];
