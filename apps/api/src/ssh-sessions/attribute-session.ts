import type { SshSessionEvent } from '@asterism/contracts';
import { sshAuthorities, sshCertificates, type Queries } from '@asterism/persistence';
import { parseKeyId } from '@asterism/ssh';

export type OpenedSession = Extract<SshSessionEvent, { kind: 'opened' }>;

/** Who came in, as far as this platform's own records say so. */
export interface Attribution {
  readonly user: string | null;
  readonly grantId: string | null;
  readonly emergency: boolean;
  /** Why nobody is named, where a certificate was shown. */
  readonly doubt: string | null;
}

const NOBODY: Attribution = { user: null, grantId: null, emergency: false, doubt: null };

/**
 * A node says what its sshd wrote. Who that is follows from the serial under an authority of this cluster; the key ID has to
 * agree with what was issued.
 */
export async function attributeSession(
  queries: Queries,
  clusterId: string,
  { certificate }: OpenedSession,
): Promise<Attribution> {
  if (certificate === null) return NOBODY;
  const authorities = await sshAuthorities.list(queries, clusterId);
  const authority = authorities.find(({ fingerprint }) => fingerprint === certificate.authority);
  if (authority?.kind === 'emergency') {
    const id = parseKeyId(certificate.keyId);
    return { ...NOBODY, user: id?.kind === 'emergency' ? id.person : null, emergency: true };
  }
  if (authority?.kind !== 'user') return { ...NOBODY, doubt: 'the authority is none of this cluster' };
  const issued = await sshCertificates.find(queries, clusterId, certificate.serial);
  if (issued === undefined || issued.authorityVersion !== authority.version) {
    return { ...NOBODY, doubt: 'no certificate of this serial was issued' };
  }
  if (issued.keyId !== certificate.keyId || issued.fingerprint !== certificate.fingerprint) {
    return { ...NOBODY, doubt: 'the certificate of this serial was another' };
  }
  return { user: issued.user, grantId: issued.grantId, emergency: false, doubt: null };
}
