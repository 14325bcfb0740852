import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FaultyProxy, httpAnswer } from './faulty-proxy.ts';
import type { KekPeer } from './kek-peer.ts';
import { makeLoopbackCertificate } from './loopback-certificate.ts';
import { resolveLocalhostNames } from './localhost-names.ts';
import { peerEnvironment } from './peer-environment.ts';
import { PeerProcess } from './peer-process.ts';

interface Started {
  readonly port: number;
  readonly tenant: string;
  readonly clients: readonly [readonly [string, string], readonly [string, string]];
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };
const error = (code: string) => JSON.stringify({ error: { code, message: code } });
const FAULTS = {
  broken: httpAnswer(500, JSON_TYPE, error('InternalServerError')),
  throttled: httpAnswer(429, { ...JSON_TYPE, 'Retry-After': '1' }, error('Throttled')),
  garbage: httpAnswer(200, JSON_TYPE, '<html>hello'),
  empty: httpAnswer(200, JSON_TYPE, '{}'),
};

/**
 * Key Vault (`rsa`) or Managed HSM (`aes`), written from the REST references: of the emulators that others have made, none
 * can be had as a pinned package.
 */
export async function startKeyVaultPeer(kind: 'rsa' | 'aes'): Promise<KekPeer> {
  const environment = await peerEnvironment('cloud-peers');
  const process = new PeerProcess({
    command: join(environment, 'bin/python3'),
    args: [resolve(import.meta.dirname, 'key_vault_peer.py')],
  });
  const folder = await mkdtemp(join(tmpdir(), 'asterism-azure-'));
  const { port, tenant, clients } = (await process.next()) as unknown as Started;
  const { caFile, ...tls } = await makeLoopbackCertificate(folder);
  const proxy = await FaultyProxy.start({ upstream: port, canned: FAULTS, tls });
  const forgetNames = resolveLocalhostNames();
  const [own, unprivileged] = clients;
  const authority = `https://localhost:${proxy.port}`;
  const credentials = async (name: string, [client, secret]: readonly [string, string]) => {
    const file = join(folder, name);
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    return { source: 'client-secret', tenant, client, file, authority };
  };
  const key = (name: string, vault = 'kek') => `https://${vault}.localhost:${proxy.port}/keys/${name}`;
  const usual = { kind: 'azurekms', key: key(kind), caFile, credentials: await credentials('own', own) };
  const wrong = 'wrong~secret~of~nobody';
  return {
    sections: {
      usual,
      otherKey: { ...usual, key: key(`${kind}-other`) },
      unknownKey: { ...usual, key: key('unknown') },
      denied: { ...usual, credentials: await credentials('denied', unprivileged) },
      stranger: { ...usual, credentials: await credentials('stranger', [own[0], wrong]) },
      elsewhere: { ...usual, key: key(kind, 'elsewhere') },
    },
    secrets: [own[1], unprivileged[1], wrong],
    rotate: async () => void (await process.ask({ do: 'rotate', name: kind })),
    disable: async () => void (await process.ask({ do: 'state', enabled: false })),
    enable: async () => void (await process.ask({ do: 'state', enabled: true })),
    fault: (fault) => proxy.fault(fault),
    stop: async () => {
      forgetNames();
      await Promise.all([proxy.stop(), process.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
