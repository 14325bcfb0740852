import { fromBase64url } from '@asterism/bytes';
import { emergencyKitSchema, type EmergencyKit } from '@asterism/contracts';
import { constellationKeys, sshAuthorityKey, wipe, type ClusterKeys } from '@asterism/keys';
import { combineShares, RecoveryError, type RecoveryShare } from '@asterism/keys/recovery';
import { fingerprintOf, formatAuthorityLine, parsePublicKey, toSshPublicKey } from '@asterism/ssh';
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
  const foreign = knownHosts.find(
    (line) => formatAuthorityLine(cluster.name, toHostAuthority(line)) !== line,
  );
  if (foreign === undefined) return;
  throw new UsageError('file-malformed', 'the kit knows hosts of others', { got: foreign.slice(0, 100) });
}

/** The key of a line `@cert-authority PATTERN TYPE BASE64`. */
const toHostAuthority = (line: string) => parsePublicKey(line.split(' ').slice(2).join(' '));

/**
 * The private key of the cluster's emergency authority. Only the right shares give it: another key is refused (S25). So are
 * hosts that are known by any authority but the cluster's own: whoever keeps a kit must not say where root logs in.
 * @throws RecoveryError as `combineShares`, and `recovery-secret-wrong`; UsageError `file-malformed`
 */
export async function recoverAuthority(
  kit: EmergencyKit,
  shares: readonly RecoveryShare[],
): Promise<KeyObject> {
  const { cluster, authority } = kit;
  const secret = await combineShares(shares, cluster.id);
  try {
    const keys = keysOf(kit, secret);
    const key = sshAuthorityKey(keys, 'emergency', authority.version, authority.algorithm);
    if (fingerprintOf(toSshPublicKey(key)) !== fingerprintOf(parsePublicKey(authority.publicKey))) {
      throw new RecoveryError(
        'recovery-secret-wrong',
        'the shares do not give the emergency authority of this kit: one is wrong, or the kit is of another time',
      );
    }
    requireOwnHosts(kit, keys);
    return key;
  } finally {
    wipe(secret);
  }
}

/** Versions of the host authority that are looked through: a rotation a day for two years. */
const MOST_VERSIONS = 750;

function requireOwnHosts({ knownHosts }: EmergencyKit, keys: ClusterKeys): void {
  const unknown = new Set(knownHosts.map((line) => fingerprintOf(toHostAuthority(line))));
  for (let version = 1; unknown.size > 0 && version <= MOST_VERSIONS; version++) {
    for (const algorithm of ['ed25519', 'ecdsa-p256'] as const) {
      unknown.delete(fingerprintOf(toSshPublicKey(sshAuthorityKey(keys, 'host', version, algorithm))));
    }
  }
  const [got] = unknown;
  if (got === undefined) return;
  throw new UsageError('file-malformed', 'the kit knows hosts by an authority that is not the cluster’s', {
    got,
  });
}

function keysOf({ scheme, salt }: EmergencyKit, secret: Uint8Array): ClusterKeys {
  const bytes = fromBase64url(salt);
  return scheme === 'asterism'
    ? { scheme, root: secret, salt: bytes }
    : constellationKeys({ masterSecret: secret, salt: bytes }, new Set());
}
