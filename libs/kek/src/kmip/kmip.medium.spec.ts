import { startKmipPeer, type KmipPeer } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeKekProvider } from '../testing/contract-suite.ts';
import { systemClock } from '../testing/system-clock.ts';
import { openKmip } from './open-kmip.ts';
import { kmipSection } from './section.ts';

// KMIP has neither regions nor versions of a key: a next key is another key, and so is one on another server.
const expected = { elsewhere: 'kek-unknown' } as const;
for (const version of ['1.4', '2.0'] as const) {
  describeKekProvider(`kmip ${version}`, () => startKmipPeer(version), { expected, namesVersions: false });
}

describe('the key of a KMIP server', () => {
  const CONTEXT = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'volume/pvc-1/1' };
  let peer: KmipPeer;
  beforeAll(async () => {
    peer = await startKmipPeer('1.4');
  }, 600_000);
  afterAll(() => peer?.stop());

  it('has a successor, which opens what it wrapped where it is named as previous, and not else', async () => {
    const open = (section: unknown) =>
      openKmip(kmipSection.parse(section), { clock: systemClock, random: randomBytes });
    const [before, successor, forgetful] = await Promise.all(
      [peer.sections.usual, peer.successor, peer.forgetful].map(open),
    );
    const key = randomBytes(32);
    const old = await before?.wrap(key, CONTEXT);
    const fresh = await successor?.wrap(key, CONTEXT);
    if (old === undefined || fresh === undefined) throw new Error('nothing was wrapped');
    expect(fresh.kekVersion).not.toBe(old.kekVersion);
    for (const wrapped of [old, fresh]) {
      expect(Buffer.from((await successor?.unwrap(wrapped, CONTEXT)) ?? []).equals(key)).toBe(true);
    }
    await expect(forgetful?.unwrap(old, CONTEXT)).rejects.toMatchObject({ code: 'kek-ciphertext-wrong' });
    await Promise.all([before, successor, forgetful].map((provider) => provider?.close()));
  });

  it('is not asked for of a server whose certificate another authority signed', async () => {
    const section = kmipSection.parse(peer.sections.usual);
    const wrongAuthority = { ...section, caFile: section.certificateFile };
    const provider = await openKmip(wrongAuthority, { clock: systemClock, random: randomBytes });
    await expect(provider.wrap(randomBytes(32), CONTEXT)).rejects.toMatchObject({
      code: 'kek-unreachable',
      outcome: 'undecided',
    });
    await provider.close();
  });
});
