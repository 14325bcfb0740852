import { startAwsPeer, type AwsPeer } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeKekProvider } from '../testing/contract-suite.ts';
import { openAwsKms } from './open-aws-kms.ts';
import { awsKmsSection } from './section.ts';

const INSTALL_MS = 600_000;
let peer: AwsPeer;
beforeAll(async () => {
  peer = await startAwsPeer();
}, INSTALL_MS);
afterAll(() => peer.stop());

const shared = () => Promise.resolve({ ...peer, stop: () => peer.fault(undefined) });
describeKekProvider('AWS KMS', shared, {
  // An ARN names the key; its versions are KMS's own affair.
  namesVersions: false,
});

describe('AWS KMS with the web identity of a service account', () => {
  const context = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'volume/one/1' };

  it('takes temporary credentials of STS for the role', async () => {
    const provider = await openAwsKms(awsKmsSection.parse(peer.webIdentity));
    const key = randomBytes(32);
    expect(Buffer.from(await provider.unwrap(await provider.wrap(key, context), context)).equals(key)).toBe(
      true,
    );
    await provider.close();
  });

  it('says that it is denied where there is no token', async () => {
    const section = awsKmsSection.parse(peer.webIdentity);
    const credentials = { ...section.credentials, tokenFile: '/nonexistent' } as typeof section.credentials;
    const provider = await openAwsKms({ ...section, credentials });
    await expect(provider.wrap(randomBytes(32), context)).rejects.toMatchObject({ code: 'kek-denied' });
    await provider.close();
  });

  it('says that STS is out of reach', async () => {
    const provider = await openAwsKms(awsKmsSection.parse(peer.webIdentity));
    await peer.fault('down');
    await expect(provider.wrap(randomBytes(32), context)).rejects.toMatchObject({ code: 'kek-unreachable' });
    await peer.fault(undefined);
    await provider.close();
  });
});
