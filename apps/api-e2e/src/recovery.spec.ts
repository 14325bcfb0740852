import { listNodes, readCluster, readJwks } from '@asterism/api-client';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, cliAt, documentsOf, run } from './commands.ts';
import { adminOf, need } from './sdk.ts';
import { needlesOf, saltIn, saveAnswers, searchFolder, secretOf, stateDiskKeyOf } from './secrets.ts';
import { until } from './until.ts';

const path = { cluster: 'local' };
const PEOPLE = ['Ada', 'Grace', 'Emmy'];

let folder: string;
let data: string;
let up: RunningUp;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-recovery-'));
  data = join(folder, 'up');
  up = await startUp({ data, nodes: 2 });
});
afterAll(async () => {
  await up.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** What has to be the same after everything was down and the API's machine is another one. */
async function snapshot() {
  const client = await adminOf(up);
  const { clusterId } = await need(readCluster({ client, path }));
  const { items } = await need(listNodes({ client, path }));
  const machines = (await readdir(join(data, 'machines'))).filter((name) => name !== 'api').sort();
  const keys = await Promise.all(
    machines.map(async (machine) => {
      const status = await readFile(join(data, 'machines', machine, 'status.json'), 'utf8');
      return (JSON.parse(status) as { stateDiskKeySha256: string }).stateDiskKeySha256;
    }),
  );
  return {
    clusterId,
    jwks: await need(readJwks({ client })),
    nodes: items.map(({ name, id, identity, state }) => [name, id, identity, state]).sort(),
    keys,
  };
}

async function statusAt(url: string): Promise<Record<string, unknown>> {
  const ended = await cliAt({ data, url }, 'seal', 'status', '--json');
  return documentsOf(ended)[0] as Record<string, unknown>;
}

describe('everything is down, and the machine of the API is gone', () => {
  let before: Awaited<ReturnType<typeof snapshot>>;
  const backup = () => file('backup.age');

  it('shares are issued to people, one file each', async () => {
    const lines = [];
    for (const name of PEOPLE) {
      expect((await run('age-keygen', ['-o', file(`${name}.key`)])).code).toBe(0);
      const { stdout } = await run('age-keygen', ['-y', file(`${name}.key`)]);
      lines.push(`${name}=${stdout.trim()}`);
    }
    await writeFile(file('people'), `# recipients\n${lines.join('\n')}\n`);
    const issue = [
      'recovery',
      'issue',
      '--threshold',
      '2',
      '--recipients',
      file('people'),
      '--reason',
      'first',
    ];
    const ended = await cli(up.readyFile, ...issue, '--out', file('shares'));
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining('any 2 recover')]);
    for (const name of PEOPLE) {
      const share = file(`shares/platform-${name.toLowerCase()}.age`);
      expect(ended.stdout).toMatch(new RegExp(`${name} +${share}`));
      expect((await stat(share)).mode & 0o777).toBe(0o600);
    }
    // Shares are shown once: nothing is written over, and nothing is issued that could not be written.
    const again = await cli(up.readyFile, ...issue, '--out', file('shares'));
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('file-exists')]);
    const listed = await cli(up.readyFile, 'recovery', 'list');
    expect(listed.stdout.match(/active +2 of 3/g)).toHaveLength(3);
    expect(listed.stdout).not.toContain('superseded');
  });

  it('a backup is written, encrypted to them', async () => {
    before = await snapshot();
    const ended = await cli(up.readyFile, 'backup', '--out', backup());
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringMatching(/^\d+ bytes are in/)]);
    expect((await readFile(backup())).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    const again = await cli(up.readyFile, 'backup', '--out', backup());
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('file-exists')]);
    await writeFile(file('jwks.json'), JSON.stringify(before.jwks));
    // Any age implementation reads it.
    const { code } = await run('age', ['-d', '-i', file('Grace.key'), '-o', file('plain.gz'), backup()]);
    expect(code).toBe(0);
    expect((await run('gunzip', ['--test', file('plain.gz')])).code).toBe(0);
    await rm(file('plain.gz'));
  });

  it('the backup is restored into the place of the database that is lost', async () => {
    await up.stop('SIGKILL');
    await rm(join(data, 'api'), { recursive: true });
    await rm(join(data, 'machines/api'), { recursive: true });
    const restore = [
      'restore',
      '--in',
      backup(),
      '--identity',
      file('Emmy.key'),
      '--jwks',
      file('jwks.json'),
    ];
    const ended = await run('./asterism', ['--no-install', ...restore, '--data', join(data, 'api')]);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(ended.stdout).toMatch(/maker +checked/);
    const again = await run('./asterism', ['--no-install', ...restore, '--data', join(data, 'api')]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('database-not-empty')]);
  });

  it('the API runs sealed, takes two of three shares, and the nodes rejoin and open their disks', async () => {
    await rm(join(data, 'run/api-ready.json'), { force: true });
    const starting = startUp({ data, nodes: 2 });
    starting.catch(() => undefined);
    const ready = await until(
      'the API runs',
      async () =>
        JSON.parse(await readFile(join(data, 'run/api-ready.json'), 'utf8').catch(() => 'null')) as unknown,
      90,
    );
    const { operatorUrl: url } = ready as { operatorUrl: string };
    expect(await statusAt(url)).toMatchObject({ sealed: true, reason: 'seal-wrong', configured: 'tpm' });
    const unseal = await cliAt({ data, url }, 'seal', 'unseal');
    expect([unseal.code, unseal.stdout]).toEqual([2, expect.stringContaining('sealed')]);

    const share = (name: string) => ['--share', file(`shares/platform-${name.toLowerCase()}.age`)];
    const wrong = await cliAt({ data, url }, 'recover', ...share('Ada'), '--identity', file('Grace.key'));
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('recovery-identity-wrong')]);
    const first = await cliAt(
      { data, url },
      'recover',
      ...share('Ada'),
      '--identity',
      file('Ada.key'),
      '--json',
    );
    expect([first.code, documentsOf(first)]).toMatchObject([
      2,
      [{ received: [{ index: 1, name: 'Ada' }], recovered: false }],
    ]);
    const repeated = await cliAt({ data, url }, 'recover', ...share('Ada'), '--identity', file('Ada.key'));
    expect([repeated.code, repeated.stderr]).toEqual([1, expect.stringContaining('recovery-share-repeated')]);

    // The second one at the keyboard, with a slip of the pen.
    const emmy = file('shares/platform-emmy.age');
    const input = `${file('nothing')}\n\n${emmy}\n${file('Grace.key')}\n${emmy}\n${file('Emmy.key')}\n`;
    const asked = await cliAt({ data, url, input }, 'recover');
    expect([asked.code, asked.stderr]).toEqual([0, expect.stringContaining('recovery-identity-wrong')]);
    expect(asked.stdout).toContain("the API's keys: recovered (Ada, Emmy)");
    expect(await statusAt(url)).toMatchObject({ sealed: false, reason: null });

    up = await starting;
    expect(await snapshot()).toEqual(before);
    expect((await cli(up.readyFile, 'audit', 'verify', '--jwks', file('jwks.json'))).code).toBe(0);
    const audit = await cli(up.readyFile, 'audit', 'list', '--limit', '200');
    for (const action of [
      'backup.created',
      'recovery.share-submitted',
      'recovery.share-refused',
      'recovery.completed',
    ])
      expect(audit.stdout).toContain(action);
  }, 180_000);

  it('the slots say what opens now, and the one of the lost machine can go', async () => {
    const slots = await cli(up.readyFile, 'seal', 'slots', '--json');
    const [old, made] = (documentsOf(slots)[0] as { id: string }[]).map(({ id }) => id);
    expect((await cli(up.readyFile, 'seal', 'remove', old ?? '')).code).toBe(0);
    const last = await cli(up.readyFile, 'seal', 'remove', made ?? '');
    expect([last.code, last.stderr]).toEqual([1, expect.stringContaining('seal-slot-last')]);
    const more = await cli(up.readyFile, 'seal', 'reseal', '--pcrs', '7,11', '--comment', 'also the agent');
    expect([more.code, more.stdout]).toEqual([0, expect.stringMatching(/TPM, PCR 7, 11 .*also the agent/)]);
    const lost = ['seal', 'replace-kek', '--confirm', 'replace the KEK', '--reason', 'x'];
    const refused = await cli(up.readyFile, ...lost);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('not-sealed')]);
  });

  it('starts again by its new seal, without anybody', async () => {
    expect((await up.stop()).code).toBe(0);
    up = await startUp({ data, nodes: 2 });
    expect(await snapshot()).toEqual(before);
  });

  it('new people get new shares, and those before are taken no longer', async () => {
    const ended = await cli(
      up.readyFile,
      ...['recovery', 'issue', '--threshold', '2', '--recipients', file('people'), '--out', file('again')],
      ...['--reason', 'Grace left'],
    );
    expect(ended.code).toBe(0);
    const listed = await cli(up.readyFile, 'recovery', 'list');
    expect(listed.stdout.match(/superseded/g)).toHaveLength(3);
    const old = ['--share', file('shares/platform-grace.age'), '--identity', file('Grace.key')];
    const refused = await cli(up.readyFile, 'recover', ...old);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('recovery-share-superseded')]);
  });

  it('S29 no secret is in what is stored, logged, backed up or answered', async () => {
    const cluster = [
      'recovery',
      'issue',
      '--cluster',
      'local',
      '--threshold',
      '2',
      '--recipients',
      file('people'),
    ];
    const issued = await cli(up.readyFile, ...cluster, '--out', file('root'), '--reason', 'to search for it');
    expect([issued.code, issued.stderr]).toEqual([0, expect.anything()]);
    const opened = (folder: string, scope: string) =>
      secretOf(
        ['Ada', 'Grace'].map((name) => ({
          share: file(`${folder}/${scope}-${name.toLowerCase()}.age`),
          identity: file(`${name}.key`),
        })),
      );
    await mkdir(file('outside'));
    const dump = file('outside/dump');
    expect((await cli(up.readyFile, 'backup', '--out', file('last.age'))).code).toBe(0);
    expect((await run('age', ['-d', '-i', file('Ada.key'), '-o', `${dump}.gz`, file('last.age')])).code).toBe(
      0,
    );
    expect((await run('gunzip', [`${dump}.gz`])).code).toBe(0);

    const root = { root: await opened('root', 'local'), salt: await saltIn(dump, 'local') };
    const disks = ['control-plane-1-state', 'workers-1-state'];
    // These are the keys that the nodes have, or the search would prove nothing.
    const hashes = disks.map((id) => createHash('sha256').update(stateDiskKeyOf(root, id)).digest('hex'));
    expect(hashes).toEqual(before.keys);

    const [node] = (await need(listNodes({ client: await adminOf(up), path }))).items;
    const answers = await saveAnswers(up.ready, await up.token(), file('outside/answers'), node?.name ?? '');
    expect(answers).toBeGreaterThanOrEqual(30);
    const needles = needlesOf({ kek: await opened('again', 'platform'), cluster: root, disks });
    expect(await searchFolder(data, needles)).toEqual([]);
    expect(await searchFolder(file('outside'), needles)).toEqual([]);
  });
});
