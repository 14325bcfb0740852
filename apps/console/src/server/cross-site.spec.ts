import { describe, expect, it } from 'vitest';
import { crossSiteReason } from './cross-site.ts';

const page = {
  host: '127.0.0.1:7480',
  origin: 'http://127.0.0.1:7480',
  'sec-fetch-site': 'same-origin',
  'x-asterism-console': '1',
};

function reason(method: string, change: Record<string, string | undefined> = {}): string | null {
  const entries = Object.entries({ ...page, ...change }).filter(([, value]) => value !== undefined);
  return crossSiteReason(method, new Headers(entries as [string, string][]));
}

describe('crossSiteReason', () => {
  it('lets a page of the console through', () => {
    expect(reason('POST')).toBeNull();
    expect(reason('GET', { origin: undefined })).toBeNull();
  });

  it('lets it through under the name it was called by, in any case', () => {
    expect(reason('POST', { host: 'Console.Example', origin: 'https://console.example' })).toBeNull();
  });

  it.each([
    ['another site, by its origin', { origin: 'https://evil.example' }],
    ['another port of this host, which to a cookie is the same site', { origin: 'http://127.0.0.1:7481' }],
    ['an opaque origin', { origin: 'null' }],
    ['no origin at all', { origin: undefined }],
    ['another site, by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour, by Sec-Fetch-Site', { 'sec-fetch-site': 'same-site' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['a form, which can send no header', { 'x-asterism-console': undefined }],
    ['a request without a host', { host: undefined }],
  ])('S32 refuses a mutation from %s', (_, change) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(reason(method, change), method).not.toBeNull();
  });

  it('S32 refuses to be read by another site', () => {
    expect(reason('GET', { origin: undefined, 'sec-fetch-site': 'cross-site' })).not.toBeNull();
    expect(reason('GET', { origin: undefined, 'x-asterism-console': undefined })).not.toBeNull();
    expect(reason('GET', { origin: 'https://evil.example' })).not.toBeNull();
  });
});
