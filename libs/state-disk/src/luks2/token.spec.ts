import { describe, expect, it } from 'vitest';
import { sampleHeader } from '../testing/sample-header.ts';
import type { Header } from './header.ts';
import type { Token } from './metadata.ts';
import { createToken, findToken, isConstellationDisk, ownTokens } from './token.ts';

const OWNER = { cluster: 'cluster-1', disk: 'disk-1' };
const KEY = { key: new Uint8Array(32).fill(1), version: 3 };
const AT = { epoch: 5, uuid: sampleHeader().uuid, keyslots: ['0'] };
const headerWith = (token: Token): Header => {
  const header = sampleHeader();
  return { ...header, metadata: { ...header.metadata, tokens: { '0': token } } };
};

describe('the token', () => {
  it('is found by whoever has the key', async () => {
    const token = await createToken(OWNER, KEY, AT);
    expect(await findToken(headerWith(token), OWNER, KEY)).toEqual(token);
    expect(ownTokens(headerWith(token).metadata.tokens)).toEqual([token]);
  });

  it('has the MAC of the protocol, worked out apart', async () => {
    // RFC 5869 and RFC 2104 with Python's hmac: info asterism/state-disk-token/v1, values framed as in protocol §5
    const { mac } = await createToken(OWNER, KEY, AT);
    expect(mac).toBe('xlgBA7DGt7m/LcfcMJ2RfN2pUdMQv2umRqN39vfySsU=');
  });

  it('S26 is nobody’s with another key, cluster, disk, version, epoch or header', async () => {
    const token = await createToken(OWNER, KEY, AT);
    const header = headerWith(token);
    expect(await findToken(header, OWNER, { ...KEY, key: new Uint8Array(32).fill(2) })).toBeNull();
    expect(await findToken(header, OWNER, { ...KEY, version: 4 })).toBeNull();
    expect(await findToken(header, { ...OWNER, cluster: 'cluster-2' }, KEY)).toBeNull();
    expect(await findToken(header, { ...OWNER, disk: 'disk-2' }, KEY)).toBeNull();
    expect(await findToken({ ...header, uuid: AT.uuid.replace('6', '7') }, OWNER, KEY)).toBeNull();
    for (const change of [{ epoch: 6 }, { cluster: 'cluster-2' }, { disk: 'disk-2' }, { more: 1 }]) {
      const owner = { ...OWNER, ...('cluster' in change || 'disk' in change ? change : {}) };
      expect(await findToken(headerWith({ ...token, ...change } as Token), owner, KEY)).toBeNull();
    }
    const renamed = headerWith({ ...token, version: 4 });
    expect(await findToken(renamed, OWNER, { ...KEY, version: 4 })).toBeNull();
  });

  it('of Constellation’s counts where the disk was finished', () => {
    const theirs = { type: 'constellation-state-disk' as const, keyslots: [], diskIsInitialized: true };
    expect(isConstellationDisk({ '0': theirs })).toBe(true);
    expect(isConstellationDisk({ '0': { ...theirs, diskIsInitialized: false } })).toBe(false);
    expect(isConstellationDisk({})).toBe(false);
  });
});
