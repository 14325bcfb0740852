import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultyProxy, httpAnswer } from './faulty-proxy.ts';
import { makeLoopbackCertificate } from './loopback-certificate.ts';
import type { MirrorPeer } from './mirror-peer.ts';
import { peerEnvironment } from './peer-environment.ts';
import { PeerProcess } from './peer-process.ts';

const XML_TYPE = { 'Content-Type': 'application/xml' };
const error = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
const FAULTS = {
  broken: httpAnswer(500, { ...XML_TYPE, 'x-ms-error-code': 'InternalError' }, error('InternalError')),
  throttled: httpAnswer(
    503,
    { ...XML_TYPE, 'Retry-After': '1', 'x-ms-error-code': 'ServerBusy' },
    error('ServerBusy'),
  ),
  garbage: httpAnswer(200, XML_TYPE, '{"hello":'),
  empty: httpAnswer(200, XML_TYPE, ''),
};
const ACCOUNT = 'asterism';
/** Azurite does not end with its input. */
const END = 'data:text/javascript,process.stdin.on("end",()=>process.exit()).resume()';

/** Azurite (npm) as Azure Blob Storage, with keys of accounts checked. */
export async function startAzuritePeer(): Promise<MirrorPeer> {
  const environment = await peerEnvironment('azurite');
  const folder = await mkdtemp(join(tmpdir(), 'asterism-azurite-'));
  const [own, wrong] = [randomBytes(64).toString('base64'), randomBytes(64).toString('base64')];
  const azurite = new PeerProcess({
    command: process.execPath,
    args: [
      ...['--import', END, join(environment, 'node_modules/azurite/dist/src/blob/main.js')],
      ...[
        '--blobPort',
        '0',
        '--inMemoryPersistence',
        '--disableTelemetry',
        '--skipApiVersionCheck',
        '--silent',
      ],
    ],
    env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${own}` },
    cwd: folder,
  });
  const { caFile, ...tls } = await makeLoopbackCertificate(folder);
  const upstream = await portOf(azurite);
  const proxy = await FaultyProxy.start({ upstream, canned: FAULTS, tls });
  const credentials = async (name: string, key: string) => {
    const file = join(folder, name);
    await writeFile(file, `${ACCOUNT}:${key}\n`, { mode: 0o600 });
    return { source: 'account-key', file };
  };
  const account = new StorageSharedKeyCredential(ACCOUNT, own);
  await new ContainerClient(`http://127.0.0.1:${upstream}/${ACCOUNT}/mirror`, account).create();
  const container = (name: string) => `${proxy.origin}/${ACCOUNT}/${name}`;
  const usual = {
    ...{ kind: 'azure-blob', container: container('mirror'), prefix: 'keys/', caFile },
    credentials: await credentials('own', own),
  };
  return {
    mirrors: {
      usual,
      unknown: { ...usual, container: container('no-such-container') },
      denied: { ...usual, credentials: await credentials('denied', wrong) },
    },
    secrets: [own, wrong],
    fault: (fault) => proxy.fault(fault),
    stop: async () => {
      await Promise.all([proxy.stop(), azurite.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function portOf(process: PeerProcess): Promise<number> {
  for (;;) {
    const [, port] = /successfully listens on http:\/\/[^:]+:(\d+)/.exec(await process.line()) ?? [];
    if (port !== undefined) return Number(port);
  }
}
