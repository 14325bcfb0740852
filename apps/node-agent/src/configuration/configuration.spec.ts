import { describe, expect, it } from 'vitest';
import { launcherConfigurationSchema } from '../launcher/launcher-configuration.ts';
import { agentConfigurationSchema } from './agent-configuration.ts';
import { ConfigurationError } from '../errors.ts';
import { parseConfiguration } from './read-configuration.ts';
import { sharedConfigurationSchema } from './shared-configuration.ts';

const PIN = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const policy = {
  schema: 'asterism/policy/v1',
  variant: 'tpm',
  reattestationInterval: 60,
  maximumCollateralAge: 'any',
  approval: 'automatic',
  tpm: {
    bank: 'sha256',
    pcrs: { '4': { mode: 'enforce', values: [{ digest: PIN, comment: 'the API' }] } },
    attestationKey: { trust: 'pinned', keys: [PIN] },
    eventLog: 'required',
  },
};
const shared = {
  schema: 'asterism/agent-shared/v1',
  cluster: 'production',
  pool: 'workers',
  api: { url: 'https://api.example:7444', expectation: { kind: 'evidence', policy } },
  stream: { keepaliveSeconds: 15 },
};
const own = {
  schema: 'asterism/agent/v1',
  stateDirectory: '/var/lib/asterism-agent',
  tpm: 'device:/dev/tpmrm0',
  eventLog: '/sys/kernel/security/tpm0/binary_bios_measurements',
  stateDisk: { id: 'disk-1', device: '/dev/vdb' },
};

/** One that fits, of the key socket. */
const CLIENT = { uid: 990, purposes: ['volume'], ids: ['pvc-'] };

type Schema =
  typeof sharedConfigurationSchema | typeof agentConfigurationSchema | typeof launcherConfigurationSchema;

function faultOf(schema: Schema, document: unknown): string {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  try {
    parseConfiguration('/etc/f.json', text, schema);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  throw new Error('was accepted');
}

/** The document with one field replaced, or removed where the value is undefined. */
function replace(document: object, path: string, value: unknown): unknown {
  const copy = structuredClone(document) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const parent = names.reduce((at, name) => at[name] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

describe('the configuration that a pool shares', () => {
  it('takes evidence or a pinned key, and pings every 15 seconds unless it says otherwise', () => {
    const pinned = { kind: 'pinned-key', spkiSha256: PIN };
    expect(parseConfiguration('f', JSON.stringify(shared), sharedConfigurationSchema)).toEqual(shared);
    const text = JSON.stringify(
      replace(replace(shared, 'api.expectation', pinned) as object, 'stream', undefined),
    );
    expect(parseConfiguration('f', text, sharedConfigurationSchema)).toMatchObject({
      api: { expectation: pinned },
      stream: { keepaliveSeconds: 15 },
    });
  });

  it.each([
    ['schema', 'asterism/agent-shared/v2', 'schema: '],
    ['cluster', 'Production', 'cluster: lower-case letters'],
    ['pool', undefined, 'pool: '],
    ['api.url', 'http://api.example:7444', 'api.url: not an https address'],
    ['api.expectation', undefined, 'api.expectation: '],
    ['api.expectation', { kind: 'none' }, 'api.expectation.kind: '],
    ['api.expectation', { kind: 'pinned-key' }, 'api.expectation.spkiSha256: '],
    ['api.expectation', { kind: 'pinned-key', spkiSha256: PIN, policy }, 'api.expectation: '],
    ['api.expectation.policy.tpm.eventLog', undefined, 'api.expectation.policy.tpm.eventLog: '],
    [
      'api.expectation.policy.tpm.attestationKey.keys',
      [],
      'api.expectation.policy.tpm.attestationKey.keys: ',
    ],
    ['stream.keepaliveSeconds', 0, 'stream.keepaliveSeconds: '],
    ['api.timeout', 5, 'api: '],
  ])('S04 names %s when it is %j', (path, value, fault) => {
    const message = faultOf(sharedConfigurationSchema, replace(shared, path, value));
    expect(message).toContain(`/etc/f.json: ${fault}`);
  });

  it('S07 refuses to know an API by its endorsement key, which it would have to activate before it is verified', () => {
    const trust = { trust: 'endorsement-key', roots: 'any', allow: [PIN] };
    const document = replace(shared, 'api.expectation.policy.tpm.attestationKey', trust);
    const message = faultOf(sharedConfigurationSchema, document);
    expect(message).toContain(
      'api.expectation.policy.tpm.attestationKey.trust: must be pinned or certificate',
    );
  });
});

describe('the configuration of one machine', () => {
  it('has defaults for what may be left out', () => {
    expect(parseConfiguration('f', JSON.stringify(own), agentConfigurationSchema)).toEqual({
      ...own,
      stateDisk: {
        id: 'disk-1',
        device: '/dev/vdb',
        mapping: 'asterism-state',
        activation: 'device-mapper',
        filesystem: 'ext4',
        mountPoint: null,
        integrity: true,
        discard: false,
      },
      keySocket: null,
      variant: 'tpm',
      ekIssuers: null,
      akIssuers: null,
      deviceRoots: { sysfs: '/sys', configfs: '/sys/kernel/config', dev: '/dev', proc: '/proc' },
      azureMetadata: 'http://169.254.169.254',
      logLevel: 'info',
      statusFile: null,
      sshHostKeys: [],
      ssh: null,
    });
  });

  it.each([
    ['stateDirectory', 'state', 'stateDirectory: not an absolute path'],
    ['stateDirectory', undefined, 'stateDirectory: '],
    ['tpm', '/dev/tpm0', 'tpm: not device:/dev/tpmrm0, unix:/path or tcp:host:port'],
    ['tpm', undefined, 'tpm: '],
    ['variant', 'sgx', 'variant: '],
    ['eventLog', undefined, 'eventLog: '],
    ['eventLog', 'log.bin', 'eventLog: neither an absolute path nor `firmware`'],
    ['akIssuers', 'issuers.pem', 'akIssuers: not an absolute path'],
    ['azureMetadata', 'ftp://169.254.169.254', 'azureMetadata: not an http address'],
    ['deviceRoots', { sysfs: '/sys' }, 'deviceRoots.configfs: '],
    ['stateDisk', undefined, 'stateDisk: '],
    ['stateDisk.id', 'a/b', 'stateDisk.id: '],
    ['stateDisk.device', 'vdb', 'stateDisk.device: not an absolute path'],
    ['stateDisk.mapping', '../x', 'stateDisk.mapping: letters'],
    ['stateDisk.activation', 'plain', 'stateDisk.activation: '],
    ['stateDisk.filesystem', 'vfat', 'stateDisk.filesystem: '],
    [
      'stateDisk',
      { id: 'd', device: '/d', activation: 'header-only', mountPoint: '/m' },
      'stateDisk.mountPoint: must be null with header-only',
    ],
    ['stateDisk.discard', true, 'stateDisk.discard: needs integrity: false'],
    ['stateDisk.key', 'c2VjcmV0', 'stateDisk: Unrecognized key: "key"'],
    ['keySocket', { path: 'keys.sock', clients: [CLIENT] }, 'keySocket.path: not an absolute path'],
    ['keySocket', { path: `/${'k'.repeat(107)}`, clients: [CLIENT] }, 'keySocket.path: over 107 bytes'],
    ['keySocket', { path: '/k', clients: [] }, 'keySocket.clients: '],
    [
      'keySocket',
      { path: '/k', clients: [{ ...CLIENT, gid: 1 }] },
      'keySocket.clients.0: one of user, uid and gid',
    ],
    [
      'keySocket',
      { path: '/k', clients: [{ ...CLIENT, uid: undefined }] },
      'keySocket.clients.0: one of user, uid and gid',
    ],
    [
      'keySocket',
      { path: '/k', clients: [{ ...CLIENT, purposes: ['state-disk'] }] },
      'keySocket.clients.0.purposes.0: ',
    ],
    ['keySocket', { path: '/k', clients: [{ ...CLIENT, ids: [] }] }, 'keySocket.clients.0.ids: '],
    ['keySocket', { path: '/k', clients: [{ ...CLIENT, ids: [''] }] }, 'keySocket.clients.0.ids.0: '],
    ['keySocket', { path: '/k', cacheSeconds: 86_400, clients: [CLIENT] }, 'keySocket.cacheSeconds: '],
    ['logLevel', 'loud', 'logLevel: '],
    ['sshHostKeys', ['key.pub'], 'sshHostKeys.0: not an absolute path'],
    ['cluster', 'other', 'Unrecognized key: "cluster"'],
  ])('names %s when it is %j', (path, value, fault) => {
    expect(faultOf(agentConfigurationSchema, replace(own, path, value))).toContain(`/etc/f.json: ${fault}`);
  });

  it('takes a machine without a TPM, and the log of its firmware', () => {
    const document = { ...own, variant: 'tdx', tpm: null, eventLog: 'firmware' };
    expect(parseConfiguration('f', JSON.stringify(document), agentConfigurationSchema)).toMatchObject(
      document,
    );
  });

  it('names every field that does not fit at once', () => {
    const message = faultOf(agentConfigurationSchema, { ...own, tpm: '', logLevel: '' });
    expect(message).toMatch(/tpm: .*; logLevel: /);
  });

  it.each([
    ['not JSON', '{"schema":', '/etc/f.json: is not JSON'],
    ['not an object', '[]', '/etc/f.json: '],
    ['null', 'null', '/etc/f.json: '],
  ])('says when a file is %s', (_, text, fault) => {
    expect(faultOf(agentConfigurationSchema, text)).toContain(fault);
  });
});

describe('the configuration of a launcher', () => {
  it('names the field that does not fit', () => {
    const document = {
      schema: 'asterism/launcher/v1',
      tpmDirectory: '/tmp/m/tpm',
      bundle: '/tmp/m/agent.js',
      sharedConfiguration: '/tmp/m/shared.json',
      eventLog: '/tmp/m/event-log.bin',
      runDirectory: '/tmp/m/run',
    };
    expect(parseConfiguration('f', JSON.stringify(document), launcherConfigurationSchema)).toMatchObject({
      arguments: [],
      environment: {},
      stopWithStdin: false,
      statusFile: null,
    });
    const spoiled = { ...document, bundle: 'agent.js', environment: { 'A B': '' } };
    const message = faultOf(launcherConfigurationSchema, spoiled);
    expect(message).toContain('bundle: not an absolute path');
    expect(message).toContain('environment.A B: ');
  });
});
