import { describe, expect, it } from 'vitest';
import { readConfiguration } from './configuration.ts';

const GOOD = {
  ASTERISM_DATA: '/var/lib/asterism',
  ASTERISM_TLS_CERTIFICATE: '/etc/asterism/tls.pem',
  ASTERISM_TLS_KEY: '/etc/asterism/tls.key',
  ASTERISM_IDENTITY_KEY: '/etc/asterism/identity.pem',
  ASTERISM_SEAL: 'key-file:/etc/asterism/seal',
};

describe('readConfiguration', () => {
  it('fills in the defaults', () => {
    expect(readConfiguration(GOOD)).toMatchObject({
      operatorListen: { host: '127.0.0.1', port: 7443 },
      nodeListen: { host: '127.0.0.1', port: 7444 },
      seal: { kind: 'key-file', path: '/etc/asterism/seal' },
      logLevel: 'info',
      stopWithStdin: false,
      databaseUrl: undefined,
    });
  });

  it('takes an empty variable as one that is not set', () => {
    expect(readConfiguration({ ...GOOD, DATABASE_URL: '', ASTERISM_TPM: '' }).databaseUrl).toBeUndefined();
  });

  it.each([
    ['[::1]:0', { host: '::1', port: 0 }],
    ['0.0.0.0:443', { host: '0.0.0.0', port: 443 }],
    ['api.example:8443', { host: 'api.example', port: 8443 }],
  ])('reads the address %s', (text, want) => {
    expect(readConfiguration({ ...GOOD, ASTERISM_OPERATOR_LISTEN: text }).operatorListen).toEqual(want);
  });

  it.each([
    ['tpm', { kind: 'tpm', pcrs: [7] }],
    ['tpm:7,11', { kind: 'tpm', pcrs: [7, 11] }],
    ['kek:prod-kms', { kind: 'kek', provider: 'prod-kms' }],
    ['key-file:/etc/a:b', { kind: 'key-file', path: '/etc/a:b' }],
  ])('reads the seal %s', (text, want) => {
    const seal = {
      ASTERISM_SEAL: text,
      ASTERISM_TPM: 'device:/dev/tpmrm0',
      ASTERISM_KEK_CONFIG: '/etc/kek.json',
    };
    expect(readConfiguration({ ...GOOD, ...seal }).seal).toEqual(want);
  });

  it.each(['tpm:', 'tpm:24', 'tpm:7,7', 'tpm:7,', 'tpm:-1', 'kek:', 'kek:Upper', 'key-file', 'key-file:'])(
    'refuses the seal %s',
    (text) => {
      expect(() => readConfiguration({ ...GOOD, ASTERISM_SEAL: text })).toThrow('ASTERISM_SEAL is none of');
    },
  );

  it.each([
    [{ ASTERISM_DATA: undefined }, 'ASTERISM_DATA is missing'],
    [{ ASTERISM_DATA: 'data' }, 'ASTERISM_DATA is not an absolute path'],
    [{ ASTERISM_SEAL: undefined }, 'ASTERISM_SEAL is missing'],
    [{ ASTERISM_SEAL: 'none' }, 'ASTERISM_SEAL is none of'],
    [{ ASTERISM_SEAL: 'key-file:relative' }, 'ASTERISM_SEAL is none of'],
    [{ ASTERISM_SEAL: 'tpm' }, 'ASTERISM_TPM is required by ASTERISM_SEAL=tpm'],
    [{ ASTERISM_SEAL: 'kek:prod' }, 'ASTERISM_KEK_CONFIG is required by ASTERISM_SEAL=kek:<provider>'],
    [{ ASTERISM_KEK_CONFIG: 'kek.json' }, 'ASTERISM_KEK_CONFIG is not an absolute path'],
    [{ ASTERISM_TPM: 'swtpm' }, 'ASTERISM_TPM is not unix:/path'],
    [{ ASTERISM_EVENT_LOG: '/log' }, 'ASTERISM_TPM is required by ASTERISM_EVENT_LOG'],
    [{ ASTERISM_IDENTITY_KEY: undefined }, 'nodes must be able to verify this API'],
    [{ ASTERISM_OPERATOR_LISTEN: '7443' }, 'ASTERISM_OPERATOR_LISTEN is not host:port'],
    [{ ASTERISM_NODE_LISTEN: 'host:70000' }, 'ASTERISM_NODE_LISTEN is not host:port'],
    [{ DATABASE_URL: 'mysql://host' }, 'DATABASE_URL is not a postgres:// address'],
    [{ ASTERISM_LOG_LEVEL: 'loud' }, 'ASTERISM_LOG_LEVEL'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ ASTERISM_STOP_WITH_STDIN: 'yes' }, 'ASTERISM_STOP_WITH_STDIN'],
  ])('names the variable in %j', (change, message) => {
    expect(() => readConfiguration({ ...GOOD, ...change })).toThrow(message);
  });

  it('names all of them at once', () => {
    expect(() => readConfiguration({})).toThrow(/ASTERISM_DATA is missing; .*ASTERISM_SEAL is missing/);
  });

  it('S29 quotes no value: a database address has a password in it', () => {
    const secret = 'postgres//user:hunter2@host';
    expect(() => readConfiguration({ ...GOOD, DATABASE_URL: secret })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }),
    );
  });
});
