import type { AccessDrift, NodeAccessReport, NodeAccessState } from '@asterism/contracts';
import { writeRevocationList } from '@asterism/ssh';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger } from '../logger.ts';
import { makeAuthority } from '../testing/test-authority.ts';
import { AccessControl } from './access-control.ts';
import type { SessionWatch } from './session-watch.ts';

const BEGAN = Date.parse('2026-11-25T08:00:00.000Z');
const emergency = makeAuthority();
const revocationList = Buffer.from(
  writeRevocationList({
    ...{ version: 1n, generatedAt: new Date(0), comment: '', certificates: [], fingerprints: [] },
  }),
).toString('base64url');

let now: number;
let reads: number;
let reports: NodeAccessReport[];
let stopping: AbortController;
let running: Promise<void>;
/** What somebody has changed since sshd was looked after last. */
let drift: AccessDrift[];
/** Which sessions were to be ended last. */
let why: Parameters<SessionWatch['end']>[0] | undefined;
let control: AccessControl;

/** An API that gives access for a minute each time, and an sshd that does as it is told. */
const api = {
  readAccess: async (): Promise<NodeAccessState> => {
    reads += 1;
    return {
      ...{ revision: 1, cluster: { id: '', name: 'local' }, node: { id: '', name: 'workers-1' } },
      ...{ issuedAt: new Date(now).toISOString(), validUntil: new Date(now + 60_000).toISOString() },
      authorities: [{ kind: 'emergency', version: 1, publicKey: emergency.line, trustedUntil: null }],
      ...{ revocationList, places: ['node.workers-1'], accounts: [], sessions: 'end-with-grant' },
    };
  },
  certifyHostKey: () => Promise.reject(new Error('this machine has no host key')),
  reportAccess: async (report: NodeAccessReport) => void reports.push(report),
  reportSessions: async () => undefined,
};

beforeEach(() => {
  [now, reads, reports, why, drift] = [BEGAN, 0, [], undefined, []];
  stopping = new AbortController();
  control = new AccessControl({
    ...{ ssh: { addresses: [] }, hostKeys: [], cache: null, now: () => new Date(now) },
    enforcement: {
      apply: async () => ({ opensshVersion: null, faults: [], drift: drift.splice(0) }),
      withdraw: async () => ({ opensshVersion: null, faults: [], drift: [] }),
    },
    sessions: { run: async () => undefined, end: async (which) => void (why = which) },
    store: { next: () => [], taken: async () => undefined },
    ...{ log: createLogger('silent'), lookEvery: 1, withoutWord: 60_000 },
  });
  running = control.run(stopping.signal);
});
afterEach(async () => {
  stopping.abort();
  await running;
});

it('reads again when what it knows has had half of its time, though nothing was said to have changed', async () => {
  control.connect(api);
  control.changed();
  await vi.waitFor(() => expect(reads).toBe(1));
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  now = BEGAN + 29_999;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(reads).toBe(1);
  for (now = BEGAN + 30_000; now < BEGAN + 180_000; now += 30_000) {
    const before = reads;
    await vi.waitFor(() => expect(reads).toBe(before + 1));
  }
  expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
});

it('says that its time is over to whoever asks next', async () => {
  control.connect(api);
  control.changed();
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  control.connect(null);
  now = BEGAN + 60_000;
  await new Promise((resolve) => setTimeout(resolve, 20));
  control.connect({ ...api, readAccess: () => Promise.reject(new Error('not now')) });
  await vi.waitFor(() => expect(reports.at(-1)?.faults).toMatchObject([{ code: 'state-expired' }]));
});

it('tells what it put right while the API was away, once and all of it', async () => {
  const change = (path: string): AccessDrift => ({ path, kind: 'changed', at: new Date(now).toISOString() });
  control.connect(api);
  control.changed();
  await vi.waitFor(() => expect(reports).toHaveLength(1));
  control.connect(null);
  drift.push(change('/etc/sudoers.d/asterism-alice'));
  await vi.waitFor(() => expect(drift).toEqual([]));
  drift.push(change('/etc/ssh/asterism/principals/root'));
  await vi.waitFor(() => expect(drift).toEqual([]));
  const refusing = { ...api, reportAccess: () => Promise.reject(new Error('not now')) };
  control.connect(refusing);
  await new Promise((resolve) => setTimeout(resolve, 20));
  control.connect(api);
  await vi.waitFor(() => expect(reports.length).toBeGreaterThan(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(reports.flatMap((report) => report.drift.map(({ path }) => path))).toEqual([
    '/etc/sudoers.d/asterism-alice',
    '/etc/ssh/asterism/principals/root',
  ]);
});

it('lets who is in stay until he logs out where that is the policy, but not what he leaves behind', async () => {
  const accounts = [{ name: 'alice', sudo: { kind: 'none' }, until: null }] as const;
  const readAccess = async (): Promise<NodeAccessState> => {
    return { ...(await api.readAccess()), accounts: [...accounts], sessions: 'until-logout' };
  };
  const session = (until: number) => ({
    ...{ id: '', account: 'alice', isOurs: true, uid: 52_000, process: { pid: 0, startedAt: '' } },
    certificate: {
      keyId: `asterism:local:alice:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11:${until}`,
      ...{ serial: '1', fingerprint: '', authority: emergency.fingerprint },
    },
  });
  control.connect({ ...api, readAccess });
  control.changed();
  const ends = await vi.waitFor(() => why ?? Promise.reject(new Error('not yet')));
  const [over, stands] = [session(BEGAN / 1_000), session(BEGAN / 1_000 + 1)];
  expect([ends(over, true), ends(stands, false)]).toEqual([null, null]);
  expect(ends(over, false)).toBe('the time of its grant is over');
});
