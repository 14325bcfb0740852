import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FaultyProxy, httpAnswer } from './faulty-proxy.ts';
import type { MirrorPeer } from './mirror-peer.ts';
import { peerEnvironment } from './peer-environment.ts';
import { PeerProcess } from './peer-process.ts';

interface Started {
  readonly port: number;
  readonly own: { readonly private_key: string };
  readonly denied: { readonly private_key: string };
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=UTF-8' };
const error = (code: number) => JSON.stringify({ error: { code, message: 'of a test', errors: [] } });
const FAULTS = {
  broken: httpAnswer(503, JSON_TYPE, error(503)),
  throttled: httpAnswer(429, { ...JSON_TYPE, 'Retry-After': '1' }, error(429)),
  garbage: httpAnswer(200, JSON_TYPE, '<html>hello'),
  empty: httpAnswer(200, JSON_TYPE, ''),
};

/** gcp-storage-emulator (PyPI) as Google Cloud Storage. */
export async function startGcsPeer(): Promise<MirrorPeer> {
  const environment = await peerEnvironment('cloud-peers');
  const process = new PeerProcess({
    command: join(environment, 'bin/python3'),
    args: [resolve(import.meta.dirname, 'gcs_peer.py')],
  });
  const folder = await mkdtemp(join(tmpdir(), 'asterism-gcs-'));
  const { port, own, denied } = (await process.next()) as unknown as Started;
  const proxy = await FaultyProxy.start({ upstream: port, canned: FAULTS });
  const credentials = async (name: string, account: object) => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(account), { mode: 0o600 });
    return { source: 'file', file };
  };
  const bucket = { kind: 'gcs', bucket: 'asterism-mirror', prefix: 'keys/', endpoint: proxy.origin };
  const usual = { ...bucket, credentials: await credentials('own', own) };
  return {
    mirrors: {
      usual,
      unknown: { ...usual, bucket: 'no-such-bucket' },
      denied: { ...usual, credentials: await credentials('denied', denied) },
    },
    secrets: [own, denied].map(({ private_key }) => private_key.split('\n')[1] ?? ''),
    fault: (fault) => proxy.fault(fault),
    stop: async () => {
      await Promise.all([proxy.stop(), process.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
