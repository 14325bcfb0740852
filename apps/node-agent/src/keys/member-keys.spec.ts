import { AttestedTlsError, ProblemError } from '@asterism/attested-tls';
import { fromUtf8, utf8 } from '@asterism/bytes';
import type { MemberKeyRequest } from '@asterism/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemberKeys, type GivenKey } from './member-keys.ts';

const REQUEST: MemberKeyRequest = { purpose: 'volume', id: 'pvc-1' };

/** Answers as it is told, and keeps what it gave. */
class FakeApi {
  readonly given: GivenKey[] = [];
  fault: unknown = null;

  async requestKey({ purpose, id, version = 1 }: MemberKeyRequest): Promise<GivenKey> {
    if (this.fault !== null) throw this.fault;
    const key = {
      description: { purpose, id, version, current: true },
      characters: utf8(`key-of-${id}-${version}`),
    };
    this.given.push(key);
    return key;
  }
}

const problem = (status: number, code: string) =>
  new ProblemError({ status, code, detail: 'scripted' }, { retryAfter: null, findings: [] });
const gone = () => new AttestedTlsError('connection-closed', 'gone');
const textOf = async (keys: MemberKeys, request = REQUEST) => fromUtf8((await keys.give(request)).characters);

let api: FakeApi;
let keys: MemberKeys;
beforeEach(() => {
  vi.useFakeTimers();
  api = new FakeApi();
  keys = new MemberKeys({ cacheFor: 60_000 });
  keys.connect(api);
  keys.setMember(true);
});
afterEach(() => vi.useRealTimers());

describe('keys of a member', () => {
  it('come from the API each time, which counts and decides', async () => {
    expect(await textOf(keys)).toBe('key-of-pvc-1-1');
    expect(await textOf(keys)).toBe('key-of-pvc-1-1');
    expect(api.given).toHaveLength(2);
  });

  it.each([
    ['lost', gone()],
    ['overloaded', problem(503, 'overloaded')],
    ['asking to attest anew', problem(401, 'attestation-expired')],
    ['sealed', problem(503, 'sealed')],
  ])('serve from memory while the API is %s, and no longer than they may', async (_, fault) => {
    await keys.give(REQUEST);
    api.fault = fault;
    vi.advanceTimersByTime(59_999);
    expect(await textOf(keys)).toBe('key-of-pvc-1-1');
    vi.advanceTimersByTime(1);
    await expect(keys.give(REQUEST)).rejects.toMatchObject({ code: 'api-unavailable', status: 503 });
  });

  it('are not remembered by another name: an id, a purpose or a version that was not asked for', async () => {
    await keys.give(REQUEST);
    keys.connect(null);
    for (const other of [{ id: 'pvc-2' }, { purpose: 'object-store' as const }, { version: 1 }]) {
      await expect(keys.give({ ...REQUEST, ...other })).rejects.toMatchObject({ code: 'api-unavailable' });
    }
  });

  it('are not remembered where the configuration says so', async () => {
    keys = new MemberKeys({ cacheFor: 0 });
    keys.connect(api);
    keys.setMember(true);
    await keys.give(REQUEST);
    keys.connect(null);
    await expect(keys.give(REQUEST)).rejects.toMatchObject({ code: 'api-unavailable' });
  });

  it('are the caller’s to wipe, without harm to what is remembered', async () => {
    const { characters } = await keys.give(REQUEST);
    characters.fill(0);
    keys.connect(null);
    const remembered = await keys.give(REQUEST);
    remembered.characters.fill(0);
    expect(await textOf(keys)).toBe('key-of-pvc-1-1');
  });

  it('are bounded in number: the oldest is forgotten', async () => {
    for (let index = 0; index <= 1_024; index++) await keys.give({ ...REQUEST, id: `v${index}` });
    keys.connect(null);
    await expect(keys.give({ ...REQUEST, id: 'v0' })).rejects.toMatchObject({ code: 'api-unavailable' });
    expect(await textOf(keys, { ...REQUEST, id: 'v1' })).toBe('key-of-v1-1');
  });
});

describe('keys that are given no more', () => {
  it.each([
    [403, 'key-not-owned'],
    [410, 'key-destroyed'],
    [404, 'key-unknown'],
  ])('%i %s: the answer comes through, and memory does not speak against it', async (status, code) => {
    await keys.give(REQUEST);
    api.fault = problem(status, code);
    await expect(keys.give(REQUEST)).rejects.toMatchObject({ code, status });
    api.fault = gone();
    await expect(keys.give(REQUEST)).rejects.toMatchObject({ code: 'api-unavailable' });
  });

  it.each(['node-quarantined', 'node-revoked'])('S24 %s: every key is forgotten at once', async (code) => {
    await keys.give(REQUEST);
    await keys.give({ ...REQUEST, id: 'pvc-2' });
    api.fault = problem(403, code);
    await expect(keys.give(REQUEST)).rejects.toMatchObject({ code });
    api.fault = gone();
    await expect(keys.give({ ...REQUEST, id: 'pvc-2' })).rejects.toMatchObject({ code: 'api-unavailable' });
  });

  it('S20 to what is no member: nothing is asked, and what was remembered is wiped', async () => {
    await keys.give(REQUEST);
    keys.setMember(false);
    await expect(keys.give(REQUEST)).rejects.toMatchObject({ code: 'not-member', status: 503 });
    expect(api.given).toHaveLength(1);
    keys.setMember(true);
    keys.connect(null);
    await expect(keys.give(REQUEST)).rejects.toMatchObject({ code: 'api-unavailable' });
  });

  it('S24 to a member that stops being one while the API answers', async () => {
    const answer = Promise.withResolvers<GivenKey>();
    keys.connect({ requestKey: () => answer.promise });
    const asked = keys.give(REQUEST);
    keys.setMember(false);
    const given = await api.requestKey(REQUEST);
    answer.resolve(given);
    await expect(asked).rejects.toMatchObject({ code: 'not-member' });
    expect([...given.characters].every((byte) => byte === 0)).toBe(true);
  });

  it('lets a defect through as one', async () => {
    api.fault = new TypeError('defect');
    await expect(keys.give(REQUEST)).rejects.toThrow('defect');
  });
});
