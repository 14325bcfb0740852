import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../tools/build/bundle.ts';
import { absentPackages } from '../../../tools/build/absent-packages.ts';
import { packedPackages } from '../../../tools/build/packed-packages.ts';

/** As source text they are 12 MB, which Node would read and keep at every start. */
const MOST_BYTES = 6_000_000;
/** Nobody listens there. */
const NOWHERE = '127.0.0.1:9';
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { openKekProvider, openKeyMirror } from './index.ts';
const { providers, mirrors } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const clock = { now: () => new Date(), sleep: (milliseconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => clearTimeout(timer));
}) };
const options = { clock, random: () => 0, deadline: 5_000, attempts: 1, concurrency: 1 };
const random = (length) => new Uint8Array(length);
const said = [];
for (const section of providers) {
  const provider = await openKekProvider(section, { clock, random });
  const context = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'volume/one/1' };
  said.push(await provider.wrap(random(32), context).catch(({ code }) => code));
}
for (const section of mirrors) {
  const mirror = await openKeyMirror(section, options);
  said.push(await mirror.put('one', random(32)).catch(({ code }) => code));
}
process.stdout.write(JSON.stringify(said), () => process.exit());
`;

describe('clients of the clouds in a standalone bundle', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-packed-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are unpacked where they are used, and work', async () => {
    const outfile = join(folder, 'program.mjs');
    await build({
      absWorkingDir: ROOT,
      stdin: {
        contents: PROGRAM,
        resolveDir: join(ROOT, 'libs/kek/src'),
        sourcefile: 'libs/kek/src/program.ts',
      },
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      logLevel: 'warning',
      banner: {
        js: "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);",
      },
      plugins: [packedPackages(ROOT), absentPackages],
    });
    expect((await stat(outfile)).size).toBeLessThan(MOST_BYTES);
    const sections = join(folder, 'sections.json');
    await writeFile(sections, JSON.stringify(await sectionsOf(folder)));
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, sections]);
    expect(JSON.parse(stdout)).toEqual([
      ...['kek-unreachable', 'kek-unreachable', 'kek-unreachable'],
      ...['mirror-unreachable', 'mirror-unreachable', 'mirror-unreachable'],
    ]);
  });
});

async function sectionsOf(folder: string) {
  const [aws, google, azure, account] = ['aws', 'google', 'azure', 'account'].map((name) =>
    join(folder, name),
  );
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  const serviceAccount = {
    type: 'service_account',
    client_email: 'a@b',
    private_key: pem,
    private_key_id: '1',
  };
  await Promise.all([
    writeFile(aws ?? '', '[default]\naws_access_key_id = a\naws_secret_access_key = b\n'),
    writeFile(google ?? '', JSON.stringify(serviceAccount)),
    writeFile(azure ?? '', 'secret'),
    writeFile(account ?? '', `account:${Buffer.from('key').toString('base64')}`),
  ]);
  const endpoint = `http://${NOWHERE}`;
  const id = '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab';
  const entra = {
    source: 'client-secret',
    tenant: id,
    client: id,
    file: azure,
    authority: `https://${NOWHERE}`,
  };
  const key = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const cryptoKey = 'projects/a/locations/b/keyRings/c/cryptoKeys/d';
  const prefix = '';
  return {
    providers: [
      { kind: 'awskms', key, endpoint, credentials: { source: 'file', file: aws, profile: 'default' } },
      { kind: 'azurekms', key: `https://${NOWHERE}/keys/a`, credentials: entra },
      { kind: 'gcpkms', key: cryptoKey, endpoint, credentials: { source: 'file', file: google } },
    ],
    mirrors: [
      {
        ...{ kind: 's3', bucket: 'a', region: 'eu-central-1', prefix, endpoint, pathStyle: true },
        credentials: { source: 'file', file: aws, profile: 'default' },
      },
      {
        ...{ kind: 'azure-blob', container: `https://${NOWHERE}/account/mirror`, prefix },
        credentials: { source: 'account-key', file: account },
      },
      { kind: 'gcs', bucket: 'a', prefix, endpoint, credentials: { source: 'file', file: google } },
    ],
  };
}
