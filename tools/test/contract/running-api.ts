import { createSelfSigned, toPem } from '@asterism/x509';
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../processes.ts';

const START_MS = 60_000;
const STOP_MS = 15_000;
const DAY = 86_400_000;

export interface RunningApi {
  readonly operatorUrl: string;
  readonly nodeUrl: string;
  /** PEM of the operator listener's certificate. */
  readonly caFile: string;
  readonly adminToken: string;
  /** For files of this run; goes with `stop`. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** The built API as a process of its own, on an embedded database in a temporary folder. @throws with its log */
export async function startApi(): Promise<RunningApi> {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-contract-'));
  const file = (name: string) => join(folder, name);
  await writeCertificate(file('tls.pem'), file('tls.key'));
  const identity = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  await Promise.all([
    writeFile(file('identity.pem'), identity.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 }),
    writeFile(file('seal.key'), randomBytes(32), { mode: 0o600 }),
  ]);
  const log = await open(file('api.log'), 'w');
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'dist/api/main.js')], {
    stdio: ['pipe', log.fd, log.fd],
    env: {
      PATH: process.env['PATH'],
      ASTERISM_DATA: file('data'),
      ASTERISM_OPERATOR_LISTEN: '127.0.0.1:0',
      ASTERISM_NODE_LISTEN: '127.0.0.1:0',
      ASTERISM_TLS_CERTIFICATE: file('tls.pem'),
      ASTERISM_TLS_KEY: file('tls.key'),
      ASTERISM_IDENTITY_KEY: file('identity.pem'),
      ASTERISM_SEAL: `key-file:${file('seal.key')}`,
      ASTERISM_ADMIN_TOKEN_FILE: file('admin-token'),
      ASTERISM_READY_FILE: file('ready.json'),
      // The API ends with this process, however it ends.
      ASTERISM_STOP_WITH_STDIN: '1',
    },
  });
  await log.close();
  const stop = async () => {
    await stopChild(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ready = await readyOf(child, file('ready.json'));
    const adminToken = (await readFile(file('admin-token'), 'utf8')).trim();
    return { ...ready, caFile: file('tls.pem'), adminToken, folder, stop };
  } catch (cause) {
    const text = await readFile(file('api.log'), 'utf8');
    await stop();
    throw new Error(`the API did not start:\n${text}`, { cause });
  }
}

async function writeCertificate(certificateFile: string, keyFile: string): Promise<void> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const now = Date.now();
  const certificate = await createSelfSigned({
    keys,
    random: (length) => new Uint8Array(randomBytes(length)),
    subject: [['CN', 'contract test']],
    subjectAltNames: [{ type: 'ip', value: '127.0.0.1' }],
    basicConstraints: { ca: true, pathLength: 0 },
    keyUsage: ['digitalSignature', 'keyCertSign'],
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + DAY),
  });
  const key = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  await writeFile(certificateFile, toPem(certificate.der));
  await writeFile(keyFile, toPem(key, 'PRIVATE KEY'), { mode: 0o600 });
}

async function readyOf(child: ChildProcess, file: string): Promise<{ operatorUrl: string; nodeUrl: string }> {
  for (let waited = 0; waited < START_MS; waited += 100) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return JSON.parse(text) as { operatorUrl: string; nodeUrl: string };
    await sleep(100);
  }
  throw new Error(`it was not ready after ${START_MS / 1000} s`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(late);
}
