import type { AccessPolicy, SshGrant } from '@asterism/contracts';
import { createUserCertificate, formatKeyId, parsePublicKey, type SshCertificate } from '@asterism/ssh';
import { ProblemError } from '../http/problem-error.ts';
import type { SigningAuthority } from '../ssh-authorities/ssh-authorities.ts';

export interface CertificateOrder {
  readonly grant: SshGrant;
  readonly cluster: string;
  readonly serial: number;
  /** Seconds; the policy's default where it is not said. */
  readonly seconds: number | undefined;
  readonly policy: AccessPolicy;
  readonly now: Date;
}

/** Clocks of nodes may be behind: it is valid from so many seconds ago. */
const SKEW_S = 30;

/** Places are in the principals (docs/decisions/008); the bare name lets nobody in on a node. */
function principalsOf({ principal, node, pools }: Pick<SshGrant, 'principal' | 'node' | 'pools'>): string[] {
  const places = node === null ? pools.map((pool) => `pool.${pool}`) : [`node.${node.name}`];
  return [principal, ...places.map((place) => `${principal}@${place}`)];
}

/**
 * A certificate of a grant: never beyond its end.
 * @throws ProblemError `ssh-request-refused` where it is to last longer than the policy lets
 */
export function certificateOfGrant(
  { grant, cluster, serial, seconds, policy, now }: CertificateOrder,
  { key }: SigningAuthority,
  random: (length: number) => Uint8Array,
): SshCertificate {
  const { default: usual, longest } = policy.certificateSeconds;
  const wanted = seconds ?? usual;
  if (wanted > longest) {
    throw new ProblemError(
      'ssh-request-refused',
      `a certificate lasts ${longest} s at most, ${wanted} s were asked for`,
    );
  }
  const until = Date.parse(grant.expiresAt);
  return createUserCertificate(
    {
      key: parsePublicKey(grant.publicKey),
      serial: BigInt(serial),
      keyId: formatKeyId({
        ...{ kind: 'grant', cluster, user: grant.user, grant: grant.id },
        until: Math.floor(until / 1_000),
      }),
      principals: principalsOf(grant),
      validAfter: new Date(now.getTime() - SKEW_S * 1_000),
      validBefore: new Date(Math.min(now.getTime() + wanted * 1_000, until)),
      sourceAddresses: grant.sourceAddresses,
      forceCommand: grant.forceCommand,
    },
    { key, random },
  );
}
