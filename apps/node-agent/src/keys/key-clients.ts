import type { MemberKeyRequest } from '@asterism/contracts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { KeyClient } from '../configuration/key-socket-configuration.ts';
import { ConfigurationError } from '../errors.ts';
import type { Peer } from './peer.ts';

/** A client whose user's name was looked up. */
export type KnownClient = Pick<KeyClient, 'uid' | 'gid' | 'purposes' | 'ids'>;

/** @throws ConfigurationError `configuration-invalid` where a user is not known on this machine */
export function resolveClients(clients: readonly KeyClient[]): Promise<readonly KnownClient[]> {
  return Promise.all(
    clients.map(async ({ user, ...client }) =>
      user === undefined ? client : { ...client, uid: await uidOf(user) },
    ),
  );
}

/** Whether one client of the list is this peer and may ask for this key. Nothing on the list allows nothing. */
export function isAllowed(clients: readonly KnownClient[], peer: Peer, request: MemberKeyRequest): boolean {
  return clients.some(({ uid, gid, purposes, ids }) => {
    const isPeer = uid === undefined ? gid === peer.gid : uid === peer.uid;
    const isNamed = ids === 'any' || ids.some((prefix) => request.id.startsWith(prefix));
    return isPeer && isNamed && purposes.includes(request.purpose);
  });
}

/** By `id`, which asks whatever the machine keeps its users in. */
async function uidOf(user: string): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)('id', ['--user', '--', user]);
    return Number.parseInt(stdout, 10);
  } catch (cause) {
    const message = `keySocket.clients: there is no user ${user} on this machine`;
    throw new ConfigurationError('configuration-invalid', message, { cause });
  }
}
