import type { SshCertificate, SshSessionEvent } from '@asterism/contracts';
import { sshCertificates, type Queries, type sshAuthorities } from '@asterism/persistence';
import { parseKeyId } from '@asterism/ssh';

export type OpenedSession = Extract<SshSessionEvent, { kind: 'opened' }>;
type ShownCertificate = NonNullable<OpenedSession['certificate']>;

/** Who came in, as far as this platform's own records say so. */
export interface Attribution {
  readonly user: string | null;
  readonly grantId: string | null;
  readonly emergency: boolean;
  /** Why nobody is named, or what should not have been, where a certificate was shown. */
  readonly doubt: string | null;
}

/** What a node says of a login. */
export interface Login extends Pick<OpenedSession, 'account' | 'certificate'> {
  readonly clusterId: string;
  /** By which principals name the node. */
  readonly places: readonly string[];
  /** Of the cluster, all there ever were. */
  readonly authorities: readonly sshAuthorities.AuthorityRecord[];
  readonly at: Date;
}

const NOBODY: Attribution = { user: null, grantId: null, emergency: false, doubt: null };

/**
 * A node says what its sshd wrote. Who that is follows from the serial under an authority of this cluster; all else has to
 * agree with what was issued, or nobody is named.
 */
export async function attributeSession(queries: Queries, login: Login): Promise<Attribution> {
  const { certificate, authorities, account } = login;
  if (certificate === null) return NOBODY;
  const authority = authorities.find(({ fingerprint }) => fingerprint === certificate.authority);
  if (authority?.kind === 'emergency') return inEmergency(certificate, account);
  if (authority?.kind !== 'user') return doubtful('the authority is none of this cluster');
  const issued = await findIssued(queries, login.clusterId, certificate.serial);
  if (issued?.authorityVersion !== authority.version)
    return doubtful('no certificate of this serial was issued');
  const doubt = disagreement(issued, certificate, login);
  if (doubt !== null) return doubtful(doubt);
  const isRevoked = [issued.revokedAt, authority.revokedAt].some(
    (time) => time !== null && new Date(time) <= login.at,
  );
  return {
    ...{ user: issued.user, grantId: issued.grantId, emergency: false },
    doubt: isRevoked ? 'it was revoked before' : null,
  };
}

/** Signed offline: nothing was recorded of it, and its authority says all. */
function inEmergency({ keyId }: ShownCertificate, account: string): Attribution {
  const id = parseKeyId(keyId);
  return {
    ...{ user: id?.kind === 'emergency' ? id.person : null, grantId: null, emergency: true },
    doubt: account === 'root' ? null : 'emergency certificates are for root',
  };
}

/** Serials of ours are small; sshd's are 64 bits without a sign, which is more than a column takes. */
function findIssued(
  queries: Queries,
  clusterId: string,
  serial: string,
): Promise<SshCertificate | undefined> {
  return Number.isSafeInteger(Number(serial))
    ? sshCertificates.find(queries, clusterId, serial)
    : Promise.resolve(undefined);
}

function disagreement(
  issued: SshCertificate,
  { keyId, fingerprint }: ShownCertificate,
  { account, places }: Login,
): string | null {
  if (issued.keyId !== keyId || issued.fingerprint !== fingerprint) {
    return 'the certificate of this serial was another';
  }
  return places.some((place) => issued.principals.includes(`${account}@${place}`))
    ? null
    : 'it is not for this account on this node';
}

function doubtful(doubt: string): Attribution {
  return { ...NOBODY, doubt };
}
