import type { Cluster, KeyMetadata, Rewrap } from '@asterism/contracts';
import { MirrorWorker } from '../mirrors/mirror-worker.ts';
import { createMemoryKek } from './memory-kek.ts';
import { createMemoryMirror } from './memory-mirror.ts';
import { join } from './raw-peer.ts';
import type { TestNodeApi } from './test-node-api.ts';
import type { AskOptions, TestOperators } from './test-operator-api.ts';

/** An operation that changes something, and the one audit record of it. */
export interface Change {
  readonly action: string;
  /** Makes what it needs and says what to ask. */
  readonly prepare: () => Promise<{ readonly route: string } & AskOptions>;
}

const CLUSTER = '/v1/clusters/production';
const { mirror } = createMemoryMirror();

/** Providers `here` and `there` and a mirror, all in memory. */
export const KEK = {
  providers: new Map([
    ['here', createMemoryKek().provider],
    ['there', createMemoryKek().provider],
  ]),
  mirrors: new Map([['memory', mirror]]),
};

/** Every change that an operator makes to keys, rewraps and disks. */
export function keyChanges(api: () => TestNodeApi, operators: () => TestOperators): Record<string, Change> {
  let names = 0;
  const newName = () => `key-${++names}`;
  const made = async <Body>(route: string, body: unknown): Promise<Body> => {
    const answer = await operators().ask<Body>(route, { body });
    if (answer.status !== 201) throw new Error(`${route}: ${answer.text}`);
    return answer.body;
  };
  const order = () => ({ purpose: 'volume', id: newName(), owner: { kind: 'cluster' } });
  const declared = async (cluster = CLUSTER) => {
    const { id } = await made<KeyMetadata>(`POST ${cluster}/keys`, order());
    return `${cluster}/keys/volume/${id}`;
  };
  const external = async () => {
    const body = { name: newName(), keys: { mode: 'external', provider: 'here' } };
    return `/v1/clusters/${(await made<Cluster>('POST /v1/clusters', body)).name}`;
  };
  const idOf = (path: string) => path.split('/').at(-1) ?? '';
  return {
    declareKey: {
      action: 'key.created',
      prepare: async () => ({ route: `POST ${CLUSTER}/keys`, body: order() }),
    },
    rotateKey: {
      action: 'key.rotated',
      prepare: async () => ({ route: `POST ${await declared()}/rotate` }),
    },
    retireKeyVersion: {
      action: 'key.retired',
      prepare: async () => ({ route: `POST ${await declared()}/versions/1/retire` }),
    },
    destroyKeyVersion: {
      action: 'key.destroyed',
      prepare: async () => {
        const key = await declared(await external());
        return { route: `POST ${key}/versions/1/destroy`, body: { confirm: idOf(key), reason: 'gone' } };
      },
    },
    createRewrap: {
      action: 'rewrap.started',
      prepare: async () => ({ route: `POST ${await external()}/rewraps`, body: { provider: 'there' } }),
    },
    cancelRewrap: {
      action: 'rewrap.cancelled',
      prepare: async () => {
        const cluster = await external();
        const { id } = await made<Rewrap>(`POST ${cluster}/rewraps`, { provider: 'there' });
        return { route: `POST ${cluster}/rewraps/${id}/cancel` };
      },
    },
    restoreMirror: {
      action: 'key.restored',
      prepare: async () => {
        const key = await declared(await external());
        await mirrorAll(api());
        await api().test.sql('delete from data_keys where id = $1', [idOf(key)]);
        return { route: `POST ${key.split('/keys/')[0] ?? ''}/keys/restore-mirror` };
      },
    },
    acceptRollback: {
      action: 'state-disk.rollback-accepted',
      prepare: async () => {
        const { stateDisk } = await join(await api().peer(api().machine()));
        const fault = { code: 'state-disk-rolled-back', detail: '', epoch: 0, at: new Date().toISOString() };
        await api().test.sql('update state_disks set fault = $1 where disk_id = $2', [
          JSON.stringify(fault),
          stateDisk.id,
        ]);
        return {
          route: `POST ${CLUSTER}/state-disks/${stateDisk.id}/accept-rollback`,
          body: { epoch: 0, confirm: stateDisk.id, reason: 'restored' },
        };
      },
    },
  };
}

async function mirrorAll({ platform }: TestNodeApi): Promise<void> {
  const { database, resultSigner: signer, sealing, logger, stopping } = platform;
  const mirrors = ['memory'];
  const worker = new MirrorWorker({
    database,
    name: 'memory',
    mirror,
    mirrors,
    signer,
    sealing,
    logger,
    stopping,
  });
  await worker.look();
  await worker.leave();
}
