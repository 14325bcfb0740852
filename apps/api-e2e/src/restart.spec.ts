import { listNodes, readCluster } from '@asterism/api-client';
import { processesUnder, runUp, startUp, type RunningUp } from '@asterism/testkit/up';
import { chmod, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminOf, need } from './sdk.ts';
import { until } from './until.ts';

const path = { cluster: 'local' };
let data: string;
let up: RunningUp | undefined;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'asterism-e2e-'));
});
afterAll(async () => {
  await up?.dispose();
  await rm(data, { recursive: true, force: true });
});

interface Snapshot {
  readonly clusterId: string;
  readonly nodes: readonly (readonly [name: string, id: string, identity: string, boots: number])[];
  readonly diskKeys: readonly (readonly [machine: string, sha256: string])[];
}

async function snapshotOf(running: RunningUp): Promise<Snapshot> {
  const client = await adminOf(running);
  const { clusterId } = await need(readCluster({ client, path }));
  const { items } = await need(listNodes({ client, path }));
  const machines = (await readdir(join(data, 'machines'))).filter((name) => name !== 'api').sort();
  const diskKeys = await Promise.all(
    machines.map(async (machine) => {
      const status = JSON.parse(await readFile(join(data, 'machines', machine, 'status.json'), 'utf8')) as {
        stateDiskKeySha256: string;
      };
      return [machine, status.stateDiskKeySha256] as const;
    }),
  );
  return {
    clusterId,
    nodes: items.map(({ name, id, identity, boots }) => [name, id, identity, boots] as const).sort(),
    diskKeys,
  };
}

describe('one data directory, started again and again', () => {
  let first: Snapshot;

  it('leaves no process after SIGTERM, and no ready file', async () => {
    up = await startUp({ data, nodes: 2 });
    first = await snapshotOf(up);
    expect(first.diskKeys.map(([, hash]) => hash)).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(new Set(first.diskKeys.map(([, hash]) => hash)).size).toBe(2);
    const { code } = await up.stop();
    expect(code).toBe(0);
    expect(await processesUnder(data)).toEqual([]);
  });

  it('resumes: same cluster, same identities, same disk keys, one boot more', async () => {
    up = await startUp({ data, nodes: 2 });
    console.log(`warm start to all members: ${up.startedIn} ms`);
    const second = await snapshotOf(up);
    expect(second.clusterId).toBe(first.clusterId);
    expect(second.diskKeys).toEqual(first.diskKeys);
    expect(second.nodes).toEqual(first.nodes.map(([name, id, identity]) => [name, id, identity, 2]));
  });

  it('refuses a second up on it, which changes nothing', async () => {
    const second = await runUp(data, { nodes: 2 });
    expect(second.code).toBe(2);
    expect(second.output).toMatch(/data-directory-in-use.*in use/s);
    if (up === undefined) throw new Error('the first has to run');
    expect((await snapshotOf(up)).clusterId).toBe(first.clusterId);
  });

  it('leaves no process when it is killed without a word', async () => {
    await up?.stop('SIGKILL');
    await until('everything has ended', async () => (await processesUnder(data)).length === 0, 20);
  });

  it('S34 resumes after that too', async () => {
    up = await startUp({ data, nodes: 2 });
    const third = await snapshotOf(up);
    expect(third.diskKeys).toEqual(first.diskKeys);
    expect(third.nodes.map(([name, id]) => [name, id])).toEqual(first.nodes.map(([name, id]) => [name, id]));
    expect((await up.stop()).code).toBe(0);
  });

  it('says so when its database is damaged, and leaves nothing running', async () => {
    const file = join(data, 'api/postgres/data/global/pg_control');
    const whole = await readFile(file);
    await truncate(file, 100);
    const ended = await runUp(data, { nodes: 2 });
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(/error: api-failed: .*data-directory-damaged/);
    expect(await processesUnder(data)).toEqual([]);
    await writeFile(file, whole);
  });

  it('says so when a machine has lost its TPM', async () => {
    await rm(join(data, 'machines/workers-1/tpm'), { recursive: true });
    const ended = await runUp(data, { nodes: 2 });
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(/data-directory-damaged.*lost its TPM/s);
    expect(await processesUnder(data)).toEqual([]);
  });
});

describe('starts that are refused, with nothing left behind', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-e2e-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('a busy port: says who holds it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ended = await runUp(join(folder, 'busy'), { arguments: ['--api-port', String(port)] });
    server.close();
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(new RegExp(`port-busy.*${port}.*--api-port`, 's'));
    expect(await processesUnder(join(folder, 'busy'))).toEqual([]);
  });

  it('a folder of a newer version', async () => {
    await writeFile(join(folder, 'version'), '99\n');
    const ended = await runUp(folder);
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(/data-directory-newer/);
    expect((await readdir(folder)).filter((name) => !name.startsWith('busy'))).toEqual(['version']);
  });

  it('a folder that cannot be written', async () => {
    const ended = await runUp('/proc/asterism');
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(/data-directory-unwritable/);
  });

  it('a file in the place of the folder', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'x');
    await chmod(file, 0o400);
    const ended = await runUp(file);
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(/data-directory-/);
  });
});
