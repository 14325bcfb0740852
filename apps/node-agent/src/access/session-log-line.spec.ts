import { describe, expect, it } from 'vitest';
import { readEntry } from './follow-journal.ts';
import { parseLogLine } from './session-log-line.ts';

const KEY = 'SHA256:39LJLsdiXamikBqq3t0RxTGilW2hY09DK03g7pZfbmE';
const CA = 'SHA256:Ms0deKbuHsZkCKxgmJJpz1TdWP8EvoE7hT6T02qMleE';
const ID = 'asterism:local:alice:01a211a3-0959-7b5e-97ea-a5ba0b421953:1795593127';
const ACCEPTED = `Accepted publickey for alice from 192.0.2.7 port 51234 ssh2: ED25519-CERT ${KEY} ID ${ID} (serial 3) CA ED25519 ${CA}`;
const login = {
  ...{ account: 'alice', method: 'certificate', source: '192.0.2.7', sourcePort: 51_234 },
  certificate: { fingerprint: KEY, keyId: ID, serial: '3', authority: CA },
};

describe('a line of sshd’s log', () => {
  it.each([
    ['sshd -E of 9.2', ACCEPTED, null],
    ['syslog', `Nov 25 07:37:09 node-1 sshd[4711]: ${ACCEPTED}`, 4711],
    ['syslog of a day with one figure', `Nov  5 07:37:09 node-1 sshd[4711]: ${ACCEPTED}`, 4711],
    ['rsyslog with a precise time', `2026-11-25T07:37:09.021+00:00 node-1 sshd[4711]: ${ACCEPTED}`, 4711],
    ['sshd-session, since 9.8', `Nov 25 07:37:09 node-1 sshd-session[4711]: ${ACCEPTED}`, 4711],
    ['a line end of DOS', `${ACCEPTED}\r`, null],
  ])('of %s says who came in', (_, line, pid) => {
    expect(parseLogLine(line)).toEqual({ ...login, pid });
  });

  it.each([
    ['a bare key', `Accepted publickey for root from ::1 port 5 ssh2: RSA ${KEY}`, 'publickey'],
    ['a password', 'Accepted password for root from ::1 port 5 ssh2', 'password'],
    ['a dialogue', 'Accepted keyboard-interactive/pam for root from ::1 port 5 ssh2', 'other'],
  ])('of %s is of no certificate', (_, line, method) => {
    expect(parseLogLine(line)).toMatchObject({ account: 'root', source: '::1', method, certificate: null });
  });

  it.each([
    ['another message', `Failed publickey for alice from 192.0.2.7 port 51234 ssh2: ED25519 ${KEY}`],
    ['a user of that name who is none', `Invalid user ${ACCEPTED} from 192.0.2.7 port 51234`],
    [
      'a name with what looks like a message in it',
      `Invalid user x\\nAccepted publickey for root from 192.0.2.7 port 1 ssh2`,
    ],
    ['another program', `Nov 25 07:37:09 node-1 notsshd[4711]: ${ACCEPTED}`],
    ['a message within a message', `Nov 25 07:37:09 node-1 logger[1]: sshd[4711]: ${ACCEPTED}`],
    ['nothing', ''],
  ])('is of no login where it is %s', (_, line) => {
    expect(parseLogLine(line)).toBeUndefined();
  });
});

describe('an entry of the journal', () => {
  const entry = { __CURSOR: 's=1;i=2', _UID: '0', _EXE: '/usr/sbin/sshd', _PID: '4711', MESSAGE: ACCEPTED };

  it('is sshd’s where journald itself says so', () => {
    const position = { kind: 'journal', cursor: 's=1;i=2' };
    expect(readEntry(JSON.stringify(entry))).toEqual({ logins: [{ ...login, pid: 4711 }], position });
    expect(
      readEntry(JSON.stringify({ ...entry, _EXE: '/usr/lib/openssh/sshd-session' }))?.logins,
    ).toHaveLength(1);
    expect(readEntry(JSON.stringify({ ...entry, MESSAGE: 'Server listening' }))).toEqual({
      logins: [],
      position,
    });
  });

  it('is sshd’s where journald was too late to see which program of root it was', () => {
    expect(readEntry(JSON.stringify({ ...entry, _EXE: undefined }))?.logins).toHaveLength(1);
  });

  it.each([
    ['another user', { _UID: '1000' }],
    ['another program that says it is sshd', { _EXE: '/usr/bin/logger', SYSLOG_IDENTIFIER: 'sshd' }],
    ['another user, whose program has ended meanwhile', { _UID: '1000', _EXE: undefined }],
    ['nobody', { _UID: undefined, _EXE: undefined }],
    ['bytes', { MESSAGE: [65, 66] }],
  ])('of %s is not taken', (_, change) => {
    expect(readEntry(JSON.stringify({ ...entry, ...change }))).toBeUndefined();
  });

  it('that is no JSON is not taken', () => {
    expect(readEntry('-- cursor: s=1')).toBeUndefined();
  });
});
