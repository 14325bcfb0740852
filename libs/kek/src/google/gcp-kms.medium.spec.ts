import { startGcpKmsPeer, type GcpKmsPeer } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeKekProvider } from '../testing/contract-suite.ts';
import { openGcpKms } from './open-gcp-kms.ts';
import { gcpKmsSection } from './section.ts';

let peer: GcpKmsPeer;
beforeAll(async () => {
  peer = await startGcpKmsPeer();
}, 600_000);
afterAll(() => peer.stop());

const shared = () => Promise.resolve({ ...peer, stop: () => peer.fault(undefined) });
describeKekProvider('Google Cloud KMS', shared, {
  expected: {
    // A location is part of a key's name: the same key elsewhere is another one.
    elsewhere: 'kek-unknown',
  },
});

describe('checksums of Cloud KMS', () => {
  const context = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'volume/one/1' };

  it.each(['request', 'response'] as const)('refuse a %s that changed on its way', async (what) => {
    const provider = await openGcpKms(gcpKmsSection.parse(peer.sections.usual));
    const key = randomBytes(32);
    const wrapped = await provider.wrap(key, context);
    await peer.corrupt(what);
    const invalid = { code: 'kek-response-invalid', outcome: 'undecided' };
    await expect(provider.wrap(key, context)).rejects.toMatchObject(invalid);
    // Decrypt has no word for what it received: it refuses what does not fit its checksum.
    if (what === 'response') await expect(provider.unwrap(wrapped, context)).rejects.toMatchObject(invalid);
    await peer.corrupt(null);
    expect(Buffer.from(await provider.unwrap(wrapped, context)).equals(key)).toBe(true);
    await provider.close();
  });
});
