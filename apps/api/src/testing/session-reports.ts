import type {
  IssuedSshCertificate,
  Problem,
  SshAuthority,
  SshGrant,
  SshSession,
  SshSessionEvent,
} from '@asterism/contracts';
import type { Page } from '@asterism/persistence';
import { randomUUID } from 'node:crypto';
import type { SshUserKey } from './declare-access.ts';
import type { RawPeer, RawResponse } from './raw-peer.ts';
import type { TestOperators } from './test-operator-api.ts';

const ACCESS = '/v1/clusters/production/access';

export type OpenedSession = Extract<SshSessionEvent, { kind: 'opened' }>;
export type ShownCertificate = NonNullable<OpenedSession['certificate']>;

export function openedSession(
  certificate: ShownCertificate | null,
  change: Partial<OpenedSession> = {},
): OpenedSession {
  return {
    ...{ kind: 'opened', session: randomUUID(), at: new Date().toISOString(), account: 'deploy' },
    ...{ method: 'certificate', source: '192.0.2.7', sourcePort: 50_022, certificate },
    ...change,
  };
}

export function closedSession(
  session: string,
  reason: 'logout' | 'ended' | 'lost' = 'logout',
  at = new Date(),
): SshSessionEvent {
  return { kind: 'closed', session, at: at.toISOString(), reason };
}

export function reportSessions(
  peer: RawPeer,
  ...events: SshSessionEvent[]
): Promise<RawResponse<Problem | null>> {
  return peer.request('POST', '/agent/v1/access/sessions', { events });
}

/** A grant of the key's user, and a certificate of it as an sshd writes it into its log. */
export async function grantLogin(
  { ask }: Pick<TestOperators, 'ask'>,
  { line }: SshUserKey,
  change: object = {},
): Promise<{ readonly grant: SshGrant; readonly shown: ShownCertificate }> {
  const body = { publicKey: line, principal: 'deploy', reason: 'a test', ...change };
  const { body: grant } = await ask<SshGrant>(`POST ${ACCESS}/grants`, { body });
  const { body: issued } = await ask<IssuedSshCertificate>(`POST ${ACCESS}/grants/${grant.id}/certificates`, {
    body: {},
  });
  const { serial, keyId, fingerprint } = issued;
  const { items } = (await ask<{ items: SshAuthority[] }>(`GET ${ACCESS}/authorities`)).body;
  const authority =
    items.find(({ kind, state }) => kind === 'user' && state === 'signing')?.fingerprint ?? '';
  return { grant, shown: { serial: String(serial), keyId, fingerprint, authority } };
}

export async function listSessions(
  { ask }: Pick<TestOperators, 'ask'>,
  query = 'limit=200',
): Promise<Page<SshSession>> {
  return (await ask<Page<SshSession>>(`GET ${ACCESS}/sessions?${query}`)).body;
}
