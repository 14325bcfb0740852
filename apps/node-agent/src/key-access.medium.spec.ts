import { toBase64url } from '@asterism/bytes';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Status } from './status/status-file.ts';
import { eventually, PINNED_KEY, pinOf, useNode } from './testing/node-fixture.ts';

const node = useNode();
const isMember = ({ state, reason }: Status) => state === 'member' && reason === null;

async function ask(id: string): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ purpose: 'volume', id });
  const socket = ['--silent', '--unix-socket', node.machine.file('keys.sock')];
  const { stdout } = await promisify(execFile)('curl', [
    ...socket,
    '--data',
    body,
    'http://localhost/v1/keys',
  ]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('the key socket of an agent', () => {
  it('S24 gives keys to a member over its attested connection, and none once it is quarantined', async () => {
    const { machine, api } = node;
    const client = { uid: process.getuid?.() ?? 0, purposes: ['volume'], ids: ['pvc-'] };
    await node.configure(
      { kind: 'pinned-key', spkiSha256: await pinOf(PINNED_KEY.publicKey) },
      { keySocket: { path: machine.file('keys.sock'), clients: [client] } },
    );
    api.cluster.enrolment = { wait: 'approval' };
    machine.start();
    await machine.until(({ state }) => state === 'waiting');
    expect(await ask('pvc-1')).toMatchObject({ code: 'not-member' });
    api.cluster.enrolment = 'grant';
    await machine.until(isMember);
    await eventually(() => api.streams === 1);
    const key = toBase64url(api.cluster.keys.keyOf('volume', 'pvc-1'));
    expect(await ask('pvc-1')).toEqual({ purpose: 'volume', id: 'pvc-1', version: 2, current: true, key });
    expect(await ask('other')).toMatchObject({ code: 'key-not-allowed' });
    expect(api.seen('/agent/v1/keys').map(({ body }) => body)).toEqual([{ purpose: 'volume', id: 'pvc-1' }]);
    api.cluster.keys.fault = 'key-not-owned';
    expect(await ask('pvc-2')).toMatchObject({ code: 'key-not-owned', status: 403 });
    api.cluster.keys.fault = null;
    await ask('pvc-1');
    api.cluster.nodeState = 'quarantined';
    api.send({ type: 'state', state: 'quarantined', reason: 'an operator looks into it' });
    await machine.until(({ state }) => state === 'quarantined');
    expect(await ask('pvc-1')).toMatchObject({ code: 'not-member' });
    expect(machine.log).not.toContain(key);
  });
});
