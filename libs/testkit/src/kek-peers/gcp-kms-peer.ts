import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FaultyProxy, httpAnswer } from './faulty-proxy.ts';
import type { KekPeer } from './kek-peer.ts';
import { peerEnvironment } from './peer-environment.ts';
import { PeerProcess } from './peer-process.ts';

interface ServiceAccount {
  readonly private_key: string;
}

interface Started {
  readonly port: number;
  readonly ring: string;
  readonly own: ServiceAccount;
  readonly denied: ServiceAccount;
  readonly stranger: ServiceAccount;
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=UTF-8' };
const status = (code: number, name: string) =>
  JSON.stringify({ error: { code, message: name, status: name } });
const FAULTS = {
  broken: httpAnswer(500, JSON_TYPE, status(500, 'INTERNAL')),
  throttled: httpAnswer(429, { ...JSON_TYPE, 'Retry-After': '1' }, status(429, 'RESOURCE_EXHAUSTED')),
  garbage: httpAnswer(200, JSON_TYPE, '<html>hello'),
  empty: httpAnswer(200, JSON_TYPE, '{}'),
};

export interface GcpKmsPeer extends KekPeer {
  /** Spoils checksums: of what it received, or of what it sends. */
  corrupt(what: 'request' | 'response' | null): Promise<void>;
}

/** Cloud KMS written from its REST reference: Google has no emulator of it. */
export async function startGcpKmsPeer(): Promise<GcpKmsPeer> {
  const environment = await peerEnvironment('cloud-peers');
  const process = new PeerProcess({
    command: join(environment, 'bin/python3'),
    args: [resolve(import.meta.dirname, 'gcp_kms_peer.py')],
  });
  const folder = await mkdtemp(join(tmpdir(), 'asterism-gcp-'));
  const { port, ring, own, denied, stranger } = (await process.next()) as unknown as Started;
  const proxy = await FaultyProxy.start({ upstream: port, canned: FAULTS });
  const credentials = async (name: string, account: ServiceAccount) => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(account), { mode: 0o600 });
    return { source: 'file', file };
  };
  const key = `${ring}/cryptoKeys/kek`;
  const usual = { kind: 'gcpkms', key, endpoint: proxy.origin, credentials: await credentials('own', own) };
  return {
    sections: {
      usual,
      otherKey: { ...usual, key: `${ring}/cryptoKeys/other` },
      unknownKey: { ...usual, key: `${ring}/cryptoKeys/unknown` },
      denied: { ...usual, credentials: await credentials('denied', denied) },
      stranger: { ...usual, credentials: await credentials('stranger', stranger) },
      elsewhere: { ...usual, key: key.replace('europe-west3', 'us-east1') },
    },
    secrets: [own, denied, stranger].map(({ private_key }) => private_key.split('\n')[1] ?? ''),
    rotate: async () => void (await process.ask({ do: 'rotate' })),
    disable: async () => void (await process.ask({ do: 'state', enabled: false })),
    enable: async () => void (await process.ask({ do: 'state', enabled: true })),
    corrupt: async (corrupt) => void (await process.ask({ do: 'state', corrupt })),
    fault: (fault) => proxy.fault(fault),
    stop: async () => {
      await Promise.all([proxy.stop(), process.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
