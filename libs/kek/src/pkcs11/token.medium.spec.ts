import { startHsmPeer, type KekPeer } from '@asterism/testkit/kek-peers';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../testing/system-clock.ts';
import { Pkcs11Module } from './module.ts';
import { openPkcs11 } from './open-pkcs11.ts';
import { pkcs11Section } from './section.ts';

describe('a token', () => {
  const CONTEXT = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'volume/pvc-1/1' };
  const dependencies = { clock: systemClock, random: randomBytes };
  let peer: KekPeer;
  beforeAll(async () => {
    peer = await startHsmPeer();
  });
  afterAll(() => peer?.stop());

  it('is shown a PIN that it refused once and never again, until the file has another', async () => {
    const section = pkcs11Section.parse(peer.sections.denied);
    const call = vi.spyOn(Pkcs11Module.prototype, 'call');
    const logins = () => call.mock.calls.filter(([name]) => name === 'C_Login').length;
    const provider = await openPkcs11(section, dependencies);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const denied = { code: 'kek-denied', retry: false };
      await expect(provider.wrap(randomBytes(32), CONTEXT)).rejects.toMatchObject(denied);
      expect(logins()).toBe(1);
    }
    await writeFile(section.pinFile, peer.secrets[0] ?? '');
    await expect(provider.wrap(randomBytes(32), CONTEXT)).resolves.toBeDefined();
    expect(logins()).toBe(2);
    call.mockRestore();
    await provider.close();
  });

  it('is not looked for behind a file that is no module', async () => {
    const usual = pkcs11Section.parse(peer.sections.usual);
    for (const module of ['/nonexistent.so', usual.pinFile]) {
      await expect(openPkcs11({ ...usual, module }, dependencies)).rejects.toMatchObject({
        code: 'kek-configuration-invalid',
      });
    }
  });
});
