import { readFile, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccessMachine } from '../testing/access-machine.ts';
import { ControlledNode } from '../testing/controlled-node.ts';

const alice = { name: 'alice', sudo: { kind: 'none' }, until: null } as const;
const keyId = 'asterism:production:alice:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11:4000000000';
/** As many as are missed at once; journalctl shows ten where nobody says how many. */
const MISSED = 12;

let node: AccessMachine;
let agent: ControlledNode;
beforeAll(async () => {
  node = await AccessMachine.start({ journal: true });
  agent = await ControlledNode.start(node);
  await agent.bringAbout(node.state([alice]));
}, 30_000);
afterAll(async () => {
  await agent.stop();
  await node.stop();
});

const login = (serial: bigint, command?: string) =>
  node.login({ account: 'alice', keyId, serial, ...(command === undefined ? {} : { command }) });
const serials = () => agent.opened('alice').map(({ certificate }) => certificate?.serial);

it('tells of who logs in and out, as journald has it of sshd', async () => {
  expect((await login(7n)).code).toBe(0);
  const [opened] = await agent.until(() => (serials().includes('7') ? agent.opened('alice') : undefined));
  expect(opened).toMatchObject({
    ...{ account: 'alice', method: 'certificate', source: '127.0.0.1' },
    certificate: { keyId, serial: '7', authority: node.user.fingerprint },
  });
  expect(await agent.until(() => agent.closed(opened?.session ?? ''))).toMatchObject({ reason: 'logout' });
});

it('takes nobody’s word for being sshd', async () => {
  const { stdout } = await node.machine.run('journalctl', '--identifier=sshd', '--output=cat');
  const forged = (stdout.split('\n').find((line) => line.startsWith('Accepted publickey')) ?? '').replace(
    'serial 7',
    'serial 8',
  );
  expect(forged).toContain('(serial 8)');
  // By the person himself, and by another program of root.
  const open = `socket(S, AF_UNIX, SOCK_DGRAM, 0); connect(S, sockaddr_un("/dev/log"))`;
  // Until journald has seen which program it is.
  const send = `${open}; send(S, "<38>sshd[77]: ${forged}", 0); sleep 1`;
  expect(await login(9n, `perl -MSocket -e '${send}'`)).toMatchObject({ code: 0, stderr: '' });
  expect((await node.machine.run('perl', '-MSocket', '-e', send)).code).toBe(0);
  const told = await node.machine.run('journalctl', '--identifier=sshd', '--output=cat', '--grep=serial 8');
  expect(told.stdout.trim().split('\n')).toHaveLength(2);
  await login(10n);
  await agent.until(() => (serials().includes('10') ? true : undefined));
  expect(serials()).not.toContain('8');
});

it('begins where it is first started, and forgets nobody who comes before it has read anything', async () => {
  await agent.kill();
  const memory = node.machine.path('/run/asterism-state/ssh-sessions.json');
  await rm(memory);
  agent = await ControlledNode.start(node);
  await agent.bringAbout(node.state([alice]));
  const read = () => readFile(memory, 'utf8').catch(() => '{}');
  while (!(await read()).includes('cursor')) await wait(20);
  expect([JSON.parse(await read()), serials()]).toMatchObject([{ spool: [] }, []]);
  await agent.kill();
  expect((await login(11n)).code).toBe(0);
  agent = await ControlledNode.start(node);
  await agent.bringAbout(node.state([alice]));
  await agent.until(() => (serials().length > 0 ? true : undefined));
  expect(serials()).toEqual(['11']);
});

it('tells of everybody who came in while the agent was away', async () => {
  await agent.kill();
  const away = Array.from({ length: MISSED }, (_, at) => BigInt(100 + at));
  for (const serial of away) expect((await login(serial)).code).toBe(0);
  agent = await ControlledNode.start(node);
  await agent.bringAbout(node.state([alice]));
  await agent.until(() => (serials().includes('111') ? true : undefined));
  // The agent before may have been killed before it had told of the last one.
  expect(serials().filter((serial) => Number(serial) >= 100)).toEqual(away.map(String));
});
