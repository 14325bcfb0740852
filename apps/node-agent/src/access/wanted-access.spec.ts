import type { NodeAccessState } from '@asterism/contracts';
import { parseRevocationList, writeRevocationList } from '@asterism/ssh';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../testing/test-authority.ts';
import type { OpenSession } from './session-store.ts';
import { wantedAccess } from './wanted-access.ts';
import { fingerprintsOf, whyOver } from './why-over.ts';

const user = makeAuthority();
const emergency = makeAuthority();
const list = writeRevocationList({
  ...{ version: 1n, generatedAt: new Date(0), comment: '', certificates: [], fingerprints: [] },
});
const state: NodeAccessState = {
  revision: 7,
  cluster: { id: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11', name: 'local' },
  node: { id: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a12', name: 'workers-1' },
  issuedAt: '2026-11-25T08:00:00.000Z',
  validUntil: '2026-11-26T08:00:00.000Z',
  authorities: [
    { kind: 'user', version: 1, publicKey: user.line, trustedUntil: '2026-11-25T10:00:00.000Z' },
    { kind: 'emergency', version: 1, publicKey: emergency.line, trustedUntil: null },
  ],
  revocationList: Buffer.from(list).toString('base64url'),
  places: ['pool.workers', 'node.workers-1'],
  accounts: [
    { name: 'alice', sudo: { kind: 'all' }, until: '2026-11-25T09:00:00.000Z' },
    { name: 'root', sudo: { kind: 'none' }, until: null },
  ],
  sessions: 'end-with-grant',
};
const at = (time: string) => new Date(`2026-11-${time}:00.000Z`);

describe('what is wanted of a node', () => {
  it('is every account with its places, and root with the emergency besides', () => {
    const wanted = wantedAccess(state, at('25T08:30'));
    expect(wanted.authorities).toEqual([user.line, emergency.line]);
    expect(wanted.accounts.get('alice')?.principals).toEqual(['alice@pool.workers', 'alice@node.workers-1']);
    expect(wanted.root).toEqual(['root@pool.workers', 'root@node.workers-1', 'root@emergency']);
  });

  it('ends by itself with the time of an account, of an authority, and of the whole', () => {
    expect([...wantedAccess(state, at('25T09:00')).accounts.keys()]).toEqual([]);
    expect(wantedAccess(state, at('25T10:00')).authorities).toEqual([emergency.line]);
    const late = wantedAccess(
      { ...state, accounts: [{ name: 'bob', sudo: { kind: 'none' }, until: null }] },
      at('26T08:00'),
    );
    expect([late.authorities, late.root, late.accounts.get('bob')?.principals]).toEqual([
      [emergency.line],
      ['root@emergency'],
      [],
    ]);
  });
});

describe('whether a session goes on', () => {
  const certificate = {
    keyId: `asterism:local:alice:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a13:${at('25T08:45').getTime() / 1_000}`,
    ...{ serial: '5', fingerprint: makeAuthority().fingerprint, authority: user.fingerprint },
  };
  const session: OpenSession = {
    ...{ id: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a14', account: 'alice', isOurs: true, uid: 52_000 },
    ...{ process: { pid: 1, startedAt: '1' }, certificate },
  };
  const why = (change: Partial<OpenSession>, time = '25T08:30', more: Partial<NodeAccessState> = {}) => {
    const changed = { ...state, ...more };
    const wanted = wantedAccess(changed, at(time));
    return whyOver(
      { ...session, ...change },
      {
        ...{ wanted, now: at(time), sessions: changed.sessions },
        revoked: parseRevocationList(wanted.revocationList),
        authorities: fingerprintsOf(wanted.authorities),
      },
    );
  };

  it('it does while all that it rests on holds', () => {
    expect(why({})).toBeNull();
  });

  it('it ends with the time of its grant, unless the rules let it go on', () => {
    expect(why({}, '25T08:45')).toBe('the time of its grant is over');
    expect(why({}, '25T08:45', { sessions: 'until-logout' })).toBeNull();
  });

  it('it ends with its account, its authority, and when nobody has told this node anything for too long', () => {
    expect(why({}, '25T09:00')).toBe('the account is not declared any more');
    expect(why({}, '25T10:00', { accounts: [{ name: 'alice', sudo: { kind: 'none' }, until: null }] })).toBe(
      'its authority is not trusted any more',
    );
    expect(why({}, '26T08:00')).not.toBeNull();
  });

  it('an emergency goes on through all of that', () => {
    const keyId = 'asterism-emergency:local:grace:1795590000';
    const emergent = { ...certificate, keyId, authority: emergency.fingerprint };
    expect(why({ account: 'root', isOurs: false, certificate: emergent }, '26T08:00')).toBeNull();
  });

  it('nobody is ended whom somebody else has let in', () => {
    expect(why({ account: 'mark', isOurs: false, certificate: null }, '26T08:00')).toBeNull();
    const foreign = { ...certificate, keyId: 'of another authority', authority: makeAuthority().fingerprint };
    expect(why({ account: 'mark', isOurs: false, certificate: foreign })).toBeNull();
  });
});
