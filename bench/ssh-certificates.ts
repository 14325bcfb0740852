import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { createUserCertificate, formatCertificate, formatKeyId, toSshPublicKey } from '@asterism/ssh';
import { round } from './report.ts';
import { median } from './signature-ratio.ts';

const ROUNDS = 7;
const COUNT = 4_000;
const GRANT = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';

/** Certificates of users a second, from fields to the line in a file, beside the signature that each holds. One thread. */
export function measureCertificates(): object[] {
  const authorities = [
    ['ed25519', generateKeyPairSync('ed25519').privateKey, null],
    ['ecdsa-p256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'sha256'],
  ] as const;
  return authorities.map(([algorithm, key, hash]) => ({ algorithm, ...measure(key, hash) }));
}

function measure(authority: KeyObject, hash: string | null) {
  const key = toSshPublicKey(generateKeyPairSync('ed25519').privateKey);
  const from = Date.now();
  const make = (turn: number) =>
    createUserCertificate(
      {
        ...{ key, serial: BigInt(turn + 1), principals: ['deploy', 'deploy@pool.workers'] },
        keyId: formatKeyId({
          kind: 'grant',
          cluster: 'bench',
          user: 'alice',
          grant: GRANT,
          until: 1_795_593_600,
        }),
        ...{ validAfter: new Date(from), validBefore: new Date(from + 900_000) },
        ...{ sourceAddresses: ['192.0.2.0/24'], forceCommand: null },
      },
      { key: authority, random: randomBytes },
    );
  const signed = make(0).signed;
  const bare = () => sign(hash, signed, authority);
  const full = (turn: number) => formatCertificate(make(turn));
  rate(bare);
  rate(full);
  const [raw, issued]: [number[], number[]] = [[], []];
  // Turn by turn, so that a change of the computer's speed meets both alike.
  for (let turn = 0; turn < ROUNDS; turn++) {
    raw.push(rate(bare));
    issued.push(rate(full));
  }
  const [perSecond, signaturesPerSecond] = [median(issued), median(raw)];
  return {
    certificatesPerSecond: round(perSecond, 0),
    signaturesPerSecond: round(signaturesPerSecond, 0),
    ratio: round(perSecond / signaturesPerSecond, 2),
  };
}

function rate(work: (turn: number) => unknown): number {
  const began = performance.now();
  for (let turn = 0; turn < COUNT; turn++) work(turn);
  return (1000 * COUNT) / (performance.now() - began);
}
