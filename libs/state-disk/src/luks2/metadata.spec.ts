import { describe, expect, it } from 'vitest';
import { sampleHeader } from '../testing/sample-header.ts';
import { parseMetadata } from './metadata.ts';

type Change = readonly [path: string, value: unknown];

/** The sample with one member set, made or (undefined) taken away. */
function changed([path, value]: Change): string {
  const metadata = structuredClone(sampleHeader().metadata) as unknown as Record<string, unknown>;
  const names = path.split('/');
  const last = names.pop() ?? '';
  let at = metadata;
  for (const name of names) at = at[name] as Record<string, unknown>;
  at[last] = value;
  return JSON.stringify(metadata);
}

const parse = (json: string, integrity = true) => parseMetadata(json, { integrity });
const argon2id = { type: 'argon2id', time: 4, memory: 65_536, cpus: 4, salt: 'A'.repeat(43) + '=' };

describe('the whitelist', () => {
  it('takes what cryptsetup writes for us and for Constellation', () => {
    const { metadata } = sampleHeader();
    expect(parse(JSON.stringify(metadata))).toEqual(metadata);
    expect(() => parse(changed(['keyslots/0/kdf', argon2id]))).not.toThrow();
    expect(() => parse(changed(['segments/0/offset', '16777216']))).not.toThrow();
    const theirs = { type: 'constellation-state-disk', keyslots: [], diskIsInitialized: true };
    expect(() => parse(changed(['tokens/1', theirs]))).not.toThrow();
  });

  it.each<Change>([
    ['segments/0/encryption', 'cipher_null-ecb'],
    ['segments/0/encryption', 'aes-cbc-essiv:sha256'],
    ['segments/0/integrity', undefined],
    ['segments/0/integrity/type', 'none'],
    ['segments/0/integrity/type', 'hmac(sha1)'],
    ['segments/0/integrity/key_size', 1],
    ['segments/0/type', 'linear'],
    ['segments/0/size', '4096'],
    ['segments/0/sector_size', 512],
    ['segments/0/iv_tweak', '1'],
    ['segments/0/flags', ['backup-final']],
    ['segments/0/offset', '32768'],
    ['segments/0/offset', '16781312'],
    ['segments/0/offset', '4194305'],
    ['segments/1', { type: 'crypt' }],
    ['digests/0/hash', 'sha1'],
    ['digests/0/iterations', 1],
    ['digests/0/iterations', 1e9],
    ['digests/0/segments', []],
    ['digests/0/keyslots', ['0']],
    ['digests/0/keyslots', ['0', '1', '2']],
    ['digests/1', {}],
    ['keyslots/0/type', 'reencrypt'],
    ['keyslots/0/key_size', 32],
    ['keyslots/0/key_size', 64],
    ['keyslots/0/af/stripes', 1],
    ['keyslots/0/af/hash', 'sha1'],
    ['keyslots/0/area/type', 'journal'],
    ['keyslots/0/area/encryption', 'cipher_null-ecb'],
    ['keyslots/0/area/key_size', 32],
    ['keyslots/0/area/offset', '0'],
    ['keyslots/0/area/offset', '417792'],
    ['keyslots/0/area/offset', '4190208'],
    ['keyslots/0/area/size', '4096'],
    ['keyslots/0/kdf/type', 'argon2i'],
    ['keyslots/0/kdf/iterations', 999],
    ['keyslots/0/kdf/hash', 'sha1'],
    ['keyslots/0/kdf', { ...argon2id, memory: 4_194_304 }],
    ['keyslots/0/kdf', { ...argon2id, time: 1e6 }],
    ['keyslots/x', {}],
    ['tokens/0/type', 'luks2-keyring'],
    ['tokens/0/type', 'systemd-tpm2'],
    ['tokens/0/keyslots', ['7']],
    ['config/requirements', { mandatory: ['online-reencrypt-v2'] }],
    ['config/flags', ['allow-discards', 'no-journal']],
    ['config/json_size', '16384'],
    ['config/keyslots_size', '16744448'],
    ['config', undefined],
    ['more', {}],
  ])('S26 refuses %s: %j', (...change) => {
    expect(() => parse(changed(change))).toThrow(
      expect.objectContaining({ code: 'state-disk-header-refused' }),
    );
  });

  it('S26 takes neither more nor less integrity than was asked for', () => {
    const without = changed(['segments/0/integrity', undefined]);
    expect(() => parse(JSON.stringify(sampleHeader().metadata), false)).toThrow(/integrity/);
    expect(() => parse(without)).toThrow(/integrity/);
    expect(() => parse(without.replaceAll('"key_size":96', '"key_size":64'), false)).not.toThrow();
  });
});

it.each(['01', '32', '99', '-1', ' 1', '__proto__'])('S26 refuses %j as the name of a keyslot', (name) => {
  const json = JSON.stringify(sampleHeader().metadata).replaceAll('"1"', JSON.stringify(name));
  expect(() => parse(json)).toThrow(expect.objectContaining({ code: 'state-disk-header-refused' }));
});
