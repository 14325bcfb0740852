import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultyProxy, httpAnswer } from './faulty-proxy.ts';
import type { KekPeer } from './kek-peer.ts';
import { peerEnvironment } from './peer-environment.ts';
import { PeerProcess } from './peer-process.ts';

const ROOT_TOKEN = 'root';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const FAULTS = {
  broken: httpAnswer(500, JSON_TYPE, '{"errors":["internal error"]}'),
  throttled: httpAnswer(
    429,
    { ...JSON_TYPE, 'Retry-After': '1' },
    '{"errors":["request path over rate limit"]}',
  ),
  garbage: httpAnswer(200, JSON_TYPE, '<html>hello'),
  empty: httpAnswer(200, JSON_TYPE, '{}'),
};

export interface VaultPeer extends KekPeer {
  /** Sections that log in otherwise: as a Kubernetes service account, and with a token in a file. */
  readonly kubernetes: unknown;
  readonly tokenFile: unknown;
  seal(sealed: boolean): Promise<void>;
  /** Every token that was handed out. */
  revokeTokens(): Promise<void>;
  /** An operator's request to the transit engine. */
  administer(method: string, path: string, body?: unknown): Promise<void>;
}

/** Vault's transit engine, built from its sources by tools/test. */
export async function startVaultPeer(): Promise<VaultPeer> {
  const program = join(await peerEnvironment('vault-peer'), 'vault-peer');
  const process = new PeerProcess({ command: program, args: [] });
  const { port } = (await process.next()) as { port: number };
  const proxy = await FaultyProxy.start({ upstream: port, canned: FAULTS });
  const folder = await mkdtemp(join(tmpdir(), 'asterism-vault-'));
  const administer = async (method: string, path: string, body?: unknown): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/transit/${path}`, {
      method,
      headers: { 'x-vault-token': ROOT_TOKEN },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`vault peer: ${method} ${path}: ${await response.text()}`);
  };
  await administer('POST', 'keys/asterism', { type: 'aes256-gcm96' });
  await administer('POST', 'keys/other', { type: 'aes256-gcm96' });
  const secretFile = async (text: string) => {
    const file = join(folder, `${text}.secret`);
    await writeFile(file, `${text}\n`, { mode: 0o600 });
    return file;
  };
  const approle = async (secret: string) => ({
    source: 'approle',
    roleId: 'api',
    secretIdFile: await secretFile(secret),
  });
  const own = await approle('secret-for-asterism');
  const usual = { kind: 'vault', address: proxy.origin, key: 'asterism', credentials: own };
  return {
    sections: {
      usual,
      otherKey: { ...usual, key: 'other', credentials: await approle('secret-for-other') },
      unknownKey: { ...usual, key: 'missing', credentials: await approle('secret-for-missing') },
      denied: { ...usual, credentials: await approle('secret-for-other') },
      stranger: { ...usual, credentials: await approle('guessed') },
      elsewhere: { ...usual, mount: 'transit-of-others' },
    },
    kubernetes: {
      ...usual,
      credentials: { source: 'kubernetes', role: 'api', tokenFile: await secretFile('secret-for-asterism') },
    },
    tokenFile: { ...usual, credentials: { source: 'token-file', file: await secretFile(ROOT_TOKEN) } },
    secrets: ['secret-for-asterism', 'secret-for-other', 'secret-for-missing', 'guessed', 'hvs.'],
    rotate: () => administer('POST', 'keys/asterism/rotate'),
    disable: async () => void (await process.ask({ softDeleted: 'asterism' })),
    enable: async () => void (await process.ask({ softDeleted: '' })),
    seal: async (sealed) => void (await process.ask({ sealed })),
    revokeTokens: async () => void (await process.ask({ revoke: true })),
    administer,
    fault: (fault) => proxy.fault(fault),
    stop: async () => {
      await Promise.all([proxy.stop(), process.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
