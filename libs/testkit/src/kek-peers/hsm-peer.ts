import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { KekFault, KekPeer } from './kek-peer.ts';

const run = promisify(execFile);
const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';
const PIN = '739104';
const OFFICER_PIN = '880217';
const WRONG_PINS = ['111111', '2468'] as const;
const TOKEN = 'asterism';
const KEY = 'kek';

/** What a module returns then: device removed, device error, function failed, out of device memory, a vendor's own. */
const RETURNED: Readonly<Record<KekFault, string>> = {
  down: '32',
  hang: 'hang',
  reset: '30',
  broken: '6',
  throttled: '31',
  garbage: '80000042',
  empty: 'empty',
};

/** SoftHSM, behind a module that fails when it is told to: what an HSM's way and an HSM's faults come to for a caller. */
export async function startHsmPeer(): Promise<KekPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-hsm-'));
  const environment = await makeTokens(folder);
  const { module, control, rights } = await buildShim(folder, environment.SOFTHSM2_CONF);
  const pinFile = async (pin: string) => {
    const file = join(folder, `${pin}.pin`);
    await writeFile(file, `${pin}\n`, { mode: 0o600 });
    return file;
  };
  const tool = (...options: string[]) =>
    run('pkcs11-tool', ['--module', SOFTHSM, '--token-label', TOKEN, '--login', '--pin', PIN, ...options], {
      env: environment,
    });
  let versions = 0;
  const generate = async (id: string, label: string) => {
    await tool('--keygen', '--key-type', 'AES:32', '--id', id, '--label', label, '--private');
  };
  const rotate = async () => {
    versions += 1;
    await generate(String(versions).padStart(2, '0'), KEY);
  };
  await rotate();
  await generate('90', 'other');
  const usual = { kind: 'pkcs11', module, token: TOKEN, key: KEY, pinFile: await pinFile(PIN) };
  return {
    sections: {
      usual,
      otherKey: { ...usual, key: 'other' },
      unknownKey: { ...usual, key: 'missing' },
      denied: { ...usual, pinFile: await pinFile(WRONG_PINS[0]) },
      stranger: { ...usual, pinFile: await pinFile(WRONG_PINS[1]) },
      elsewhere: { ...usual, token: 'elsewhere' },
    },
    secrets: [PIN, OFFICER_PIN, ...WRONG_PINS],
    rotate,
    disable: () => writeFile(rights, '0'),
    enable: () => writeFile(rights, '1'),
    fault: async (fault) => {
      await (fault === undefined ? rm(control, { force: true }) : writeFile(control, RETURNED[fault]));
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function makeTokens(folder: string) {
  const tokens = join(folder, 'tokens');
  await mkdir(tokens);
  const configuration = join(folder, 'softhsm2.conf');
  await writeFile(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const environment = { PATH: process.env['PATH'] ?? '', HOME: folder, SOFTHSM2_CONF: configuration };
  for (const label of [TOKEN, 'elsewhere']) {
    const pins = ['--pin', PIN, '--so-pin', OFFICER_PIN];
    await run('softhsm2-util', ['--init-token', '--free', '--label', label, ...pins], { env: environment });
  }
  return environment;
}

async function buildShim(folder: string, configuration: string) {
  const [module, control, rights] = ['shim.so', 'fault', 'rights'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const defined = { CONTROL: control, RIGHTS: rights, CONFIGURATION: configuration, MODULE: SOFTHSM };
  const defines = Object.entries(defined).map(([name, path]) => `-D${name}="${path}"`);
  const source = resolve(import.meta.dirname, 'hsm_shim.c');
  await run('gcc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', ...defines, '-o', module, source, '-ldl']);
  return { module, control, rights };
}
