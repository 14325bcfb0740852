import { describe, expect, it } from 'vitest';
import { readSessionCookie, toExpiredCookies, toSessionCookie } from './session-cookie.ts';

const SECRET = 'asterism_session_mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA';
const expiresAt = new Date('2026-11-24T22:00:00Z');

const read = (cookie: string, host = '127.0.0.1:7480') => readSessionCookie(new Headers({ cookie, host }));

describe('session cookie', () => {
  it('S32 is out of reach of scripts and other sites, and ends with the session', () => {
    const [pair, ...attributes] = toSessionCookie(SECRET, {
      host: '127.0.0.1:7480',
      secure: false,
      expiresAt,
    }).split('; ');
    expect(pair).toBe(`asterism-session-7480=${SECRET}`);
    expect(attributes).toEqual([
      'Path=/',
      'Expires=Tue, 24 Nov 2026 22:00:00 GMT',
      'HttpOnly',
      'SameSite=Strict',
    ]);
  });

  it('S32 is bound to its host and to TLS where the page came over TLS', () => {
    const cookie = toSessionCookie(SECRET, { host: 'console.example', secure: true, expiresAt });
    expect(cookie).toMatch(/^__Host-asterism-session=/);
    expect(cookie.split('; ')).toContain('Secure');
  });

  it('is read back under either name', () => {
    expect(read(`theme=dark; asterism-session-7480=${SECRET}`)).toBe(SECRET);
    expect(read(`__Host-asterism-session=${SECRET}`, 'console.example')).toBe(SECRET);
  });

  it('does not take the session of a console on another port', () => {
    expect(read(`asterism-session-7481=${SECRET}`)).toBeNull();
  });

  it.each(['', 'asterism-session-7480=', 'asterism-session-7480=a b', 'asterism-session-7480', ';;='])(
    'reads nothing from %j',
    (cookie) => {
      expect(read(cookie)).toBeNull();
    },
  );

  it('refuses a secret that would end the cookie or start a header', () => {
    for (const secret of [`${SECRET}; Domain=evil.example`, `${SECRET}\r\nset-cookie: a=b`, 'short']) {
      expect(() => toSessionCookie(secret, { host: null, secure: false, expiresAt })).toThrow(TypeError);
    }
  });

  it('is forgotten under both names', () => {
    for (const cookie of toExpiredCookies('127.0.0.1:7480')) {
      expect(cookie).toContain('Expires=Thu, 01 Jan 1970 00:00:00 GMT');
    }
  });
});
