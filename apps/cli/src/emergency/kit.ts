import { fromBase64url } from '@asterism/bytes';
import { emergencyKitSchema, type EmergencyKit } from '@asterism/contracts';
import { constellationKeys, sshAuthorityKey, wipe, type ClusterKeys } from '@asterism/keys';
import { combineShares, RecoveryError, type RecoveryShare } from '@asterism/keys/recovery';
import { parsePublicKey, toSshPublicKey } from '@asterism/ssh';
import type { KeyObject } from 'node:crypto';
import { readText } from '../connection/endpoint.ts';
import { UsageError } from '../errors.ts';

/** What an API gave while it was there. @throws UsageError `file-unreadable`, `file-malformed` */
export async function readKit(file: string): Promise<EmergencyKit> {
  const text = await readText(file, 'emergency kit');
  try {
    const kit = emergencyKitSchema.parse(JSON.parse(text));
    parsePublicKey(kit.authority.publicKey);
    requireKnownHosts(kit);
    return kit;
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError('file-malformed', `${file} is not an emergency kit`, { cause });
  }
}

/** Authorities of this cluster's hosts and nothing else: the file goes to ssh as it is. */
function requireKnownHosts({ cluster, knownHosts }: EmergencyKit): void {
  const begin = `@cert-authority *.${cluster.name} `;
  for (const line of knownHosts) {
    if (!line.startsWith(begin)) {
      throw new UsageError('file-malformed', 'the kit knows hosts of others', { got: line.slice(0, 100) });
    }
    parsePublicKey(line.slice(begin.length));
  }
}

/**
 * The private key of the cluster's emergency authority. Only the right shares give it: another key is refused (S25).
 * @throws RecoveryError as `combineShares`, and `recovery-secret-wrong`
 */
export async function recoverAuthority(
  kit: EmergencyKit,
  shares: readonly RecoveryShare[],
): Promise<KeyObject> {
  const { cluster, authority } = kit;
  const secret = await combineShares(shares, cluster.id);
  try {
    const key = sshAuthorityKey(keysOf(kit, secret), 'emergency', authority.version, authority.algorithm);
    const wanted = parsePublicKey(authority.publicKey);
    const got = toSshPublicKey(key);
    if (Buffer.compare(got.blob, wanted.blob) === 0) return key;
  } finally {
    wipe(secret);
  }
  throw new RecoveryError(
    'recovery-secret-wrong',
    'the shares do not give the emergency authority of this kit: one is wrong, or the kit is of another time',
  );
}

function keysOf({ scheme, salt }: EmergencyKit, secret: Uint8Array): ClusterKeys {
  const bytes = fromBase64url(salt);
  return scheme === 'asterism'
    ? { scheme, root: secret, salt: bytes }
    : constellationKeys({ masterSecret: secret, salt: bytes }, new Set());
}
