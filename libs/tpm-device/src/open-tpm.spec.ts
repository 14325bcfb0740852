import { describe, expect, it } from 'vitest';
import { parseTpmAddress, type TpmAddress } from './open-tpm.ts';
import { socketPath } from './socket-path.ts';

describe('the address of a TPM', () => {
  it.each<[string, TpmAddress]>([
    ['device:/dev/tpmrm0', { kind: 'device', path: '/dev/tpmrm0' }],
    ['unix:/run/asterism/tpm.sock', { kind: 'unix', path: '/run/asterism/tpm.sock' }],
    ['unix:/with:colon', { kind: 'unix', path: '/with:colon' }],
    ['tcp:localhost:2321', { kind: 'tcp', host: 'localhost', port: 2321 }],
    ['tcp:127.0.0.1:65535', { kind: 'tcp', host: '127.0.0.1', port: 65_535 }],
    ['tcp:[::1]:2321', { kind: 'tcp', host: '::1', port: 2321 }],
  ])('%s is understood', (text, address) => {
    expect(parseTpmAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'unix:',
    'unix:relative',
    'device:tpm0',
    '/dev/tpmrm0',
    'tcp:localhost',
    'tcp:localhost:0',
    'tcp:localhost:65536',
    'tcp:localhost:123456',
    'tcp:localhost:-1',
    'tcp:::1:2321',
    'tcp:[::1]',
    'vsock:2:2321',
  ])('"%s" is refused, and the forms are named', (text) => {
    expect(() => parseTpmAddress(text)).toThrow(
      expect.objectContaining({
        name: 'TpmDeviceError',
        code: 'address-invalid',
        want: expect.stringContaining('unix:/path'),
      }),
    );
  });
});

describe('the path of a socket', () => {
  it('may have 107 bytes, of UTF-8', () => {
    expect(socketPath(`/${'a'.repeat(106)}`)).toHaveLength(107);
    for (const long of [`/${'a'.repeat(107)}`, `/${'ä'.repeat(54)}`]) {
      expect(() => socketPath(long)).toThrow(expect.objectContaining({ code: 'path-too-long', want: 107 }));
    }
  });
});
