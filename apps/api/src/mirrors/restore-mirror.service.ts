import { Injectable } from '@nestjs/common';
import type { Cluster, MirrorRestore } from '@asterism/contracts';
import { MirrorError, type KeyMirror } from '@asterism/kek';
import { dataKeyContext, KekError, wipe } from '@asterism/keys';
import { dataKeys, inTransaction, keys, mirroredKeys, stateDisks } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { toKekProblem } from '../kek/kek-problem.ts';
import { recordKeyChange } from '../keys/key-records.ts';
import { Platform } from '../platform/platform.ts';
import { decodeMirroredKey, mirrorFolder } from './mirrored-key.ts';

type Outcome = keyof MirrorRestore;
const RETRY_AFTER = 30;
const KEY_LENGTH = 32;

/** After a database was restored that is older than some keys: puts the wrapped keys back that a mirror has. */
@Injectable()
export class RestoreMirrorService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /**
   * Never overwrites. What was put back stays, also where a mirror or a provider fails half way.
   * @throws ProblemError `key-mode-conflict`, `mirror-none`, `kek-undecided`
   */
  async restore(caller: Caller, cluster: Cluster): Promise<MirrorRestore> {
    const { kek } = this.#platform;
    if (cluster.keys.mode !== 'external') {
      throw new ProblemError(
        'key-mode-conflict',
        'keys of a managed cluster are derived: no mirror has them',
      );
    }
    if (kek.mirrors.size === 0) throw new ProblemError('mirror-none', 'no mirror is configured');
    const counts = { restored: 0, present: 0, refused: 0 };
    try {
      for (const mirror of kek.mirrors.values()) await this.#restoreFrom(mirror, caller, cluster, counts);
    } catch (cause) {
      throw toProblem(cause);
    }
    return counts;
  }

  async #restoreFrom(
    mirror: KeyMirror,
    caller: Caller,
    cluster: Cluster,
    counts: Record<Outcome, number>,
  ): Promise<void> {
    for await (const name of mirror.list(mirrorFolder(cluster.id))) {
      const bytes = await mirror.get(name);
      if (bytes !== undefined) counts[await this.#restoreOne(caller, cluster, name, bytes)]++;
    }
  }

  async #restoreOne(caller: Caller, cluster: Cluster, name: string, bytes: Uint8Array): Promise<Outcome> {
    const { database, resultSigner } = this.#platform;
    const read = await decodeMirroredKey(resultSigner, name, bytes);
    if (read === undefined || read.key.clusterId !== cluster.id) return 'refused';
    const { key, state } = read;
    if ((await dataKeys.find(database, cluster.id, key)) !== undefined) return 'present';
    if (!(await this.#opens(key))) return 'refused';
    return inTransaction(database, async (tx) => {
      const { purpose, id, version } = key;
      const disk = purpose === 'state-disk' ? await stateDisks.lock(tx, cluster.id, id) : undefined;
      const owner = await ownerOf(tx, key, disk);
      if (owner === undefined) return 'refused';
      await keys.restore(tx, cluster.id, { purpose, id, version, owner, state, createdAt: key.createdAt });
      const [row] = (await keys.lock(tx, cluster.id, key)).filter((each) => each.version === version);
      if (row === undefined || row.state === 'destroyed') return 'refused';
      if (!(await dataKeys.add(tx, cluster.id, key, key))) return 'present';
      if (disk !== undefined && version > (disk.nextKeyVersion ?? disk.keyVersion)) {
        // Its machine may have taken it before the database was lost, or not: a ticket with both opens either.
        await stateDisks.change(tx, cluster.id, id, { nextKeyVersion: version });
      }
      const by = { clusterId: cluster.id, actor: caller.principal.actor };
      recordKeyChange(tx, by, key, 'restored', { owner });
      return 'restored';
    });
  }

  /** @throws KekError where the provider gives no answer, which says nothing about the key */
  async #opens(key: mirroredKeys.MirroredKey): Promise<boolean> {
    const provider = this.#platform.kek.providers.get(key.provider);
    if (provider === undefined) return false;
    const wrapped = { kekVersion: key.kekVersion, ciphertext: key.wrapped };
    try {
      const plaintext = await provider.unwrap(wrapped, dataKeyContext(key.clusterId, key));
      const fits = plaintext.length === KEY_LENGTH;
      wipe(plaintext);
      return fits;
    } catch (cause) {
      if (cause instanceof KekError && cause.code === 'kek-ciphertext-wrong') return false;
      throw cause;
    }
  }
}

/**
 * S18: the key of a state disk stays with the machine that it was of: the disk's record must say the same, and where there is
 * none the key waits for that machine. @returns undefined where it is another one's
 */
async function ownerOf(
  tx: Parameters<typeof stateDisks.lock>[0],
  { purpose, owner, identity, clusterId, id }: mirroredKeys.MirroredKey,
  disk: Awaited<ReturnType<typeof stateDisks.lock>>,
): Promise<string | undefined> {
  if (purpose !== 'state-disk') return owner;
  if (identity === null) return undefined;
  if (disk === undefined) return `machine:${identity}`;
  const owned = (await stateDisks.findIdentity(tx.queries, clusterId, id)) === identity;
  return owned && disk.nodeId !== null ? `node:${disk.nodeId}` : undefined;
}

function toProblem(cause: unknown): unknown {
  if (cause instanceof KekError) return toKekProblem(cause);
  if (!(cause instanceof MirrorError)) return cause;
  return new ProblemError('kek-undecided', `a mirror does not answer (${cause.code})`, {
    retryAfter: cause.retryAfter ?? RETRY_AFTER,
    cause,
  });
}
