import { Tpm } from '@asterism/tpm';
import {
  createSoftwareTpm,
  openTpmUnixSocket,
  startSoftwareTpm,
  type SoftwareTpm,
} from '@asterism/tpm-device';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../testing/https-request.ts';
import { ApiInstallation, type ApiProcess } from '../testing/test-process.ts';

describe('the API with a TPM of its own', { timeout: 90_000 }, () => {
  let installation: ApiInstallation;
  let machine: SoftwareTpm;
  let other: SoftwareTpm;

  beforeAll(async () => {
    installation = await ApiInstallation.make();
    const certificateAuthority = { directory: join(installation.folder, 'authority') };
    const boot = async (name: string) => {
      const directory = join(installation.folder, name);
      await createSoftwareTpm({ directory, certificateAuthority });
      return startSoftwareTpm({ directory });
    };
    machine = await boot('tpm');
    other = await boot('other');
  });
  afterAll(async () => {
    await installation.remove();
    await machine.stop();
    await other.stop();
  });

  const start = (tpm = machine) =>
    installation.start({
      ASTERISM_TPM: `unix:${tpm.dataSocket}`,
      ASTERISM_SEAL: 'tpm',
      ASTERISM_IDENTITY_KEY: undefined,
    });
  const stop = async (api: ApiProcess) => {
    api.signal('SIGTERM');
    expect(await api.ended).toBe(0);
  };
  const keyOf = async (api: ApiProcess) => (await api.ready()).attestationKeySpki;

  it('keeps its attestation key and opens its seal across stops, kills and reboots of the machine', async () => {
    const first = start();
    const key = await keyOf(first);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(first.text).not.toContain('SEALED BY A FILE');
    await stop(first);
    // Each kill leaves loaded objects in the TPM, which has room for three.
    for (let n = 0; n < 4; n++) {
      const killed = start();
      expect(await keyOf(killed)).toBe(key);
      await killed.kill();
    }
    await machine.reboot();
    const last = start();
    expect(await keyOf(last)).toBe(key);
    await stop(last);
  });

  it('S25 opens nothing with another TPM, or where the machine was booted otherwise', async () => {
    const elsewhere = start(other);
    expect(await stateOf(elsewhere)).toBe('sealed');
    expect(sealedBy(elsewhere)).toMatchObject({ level: 'error', code: 'seal-wrong' });
    await stop(elsewhere);

    const tpm = new Tpm(await openTpmUnixSocket(machine.dataSocket));
    await tpm.pcrExtend(7, new Map([['sha256', new Uint8Array(randomBytes(32))]]));
    await tpm.close();
    const otherwise = start();
    expect(await stateOf(otherwise)).toBe('sealed');
    expect(sealedBy(otherwise)).toMatchObject({ code: 'seal-wrong' });
    await stop(otherwise);

    await machine.reboot();
    const right = start();
    expect(await stateOf(right)).toBe('ready');
    await stop(right);
  });

  it('comes back by itself, seal and evidence, where the TPM was away at the start', async () => {
    const first = start();
    const key = await keyOf(first);
    await stop(first);
    await machine.stop();
    const away = start();
    expect(await stateOf(away)).toBe('sealed');
    expect(await keyOf(away)).toBeNull();
    machine = await startSoftwareTpm({ directory: join(installation.folder, 'tpm') });
    await expect.poll(() => stateOf(away), { timeout: 30_000 }).toBe('ready');
    expect(away.lines.map(({ msg }) => msg)).toContain('THE KEYS ARE OPEN');
    await expect.poll(() => keyOf(away), { timeout: 10_000 }).toBe(key);
    await stop(away);
  });

  it('is worth another start where there is no KEK yet and the TPM does not answer', async () => {
    const api = installation.start({
      ...installation.data('fresh'),
      ASTERISM_TPM: 'unix:/nowhere/tpm.sock',
      ASTERISM_SEAL: 'tpm',
    });
    expect(await api.ended).toBe(1);
    expect(api.lines.at(-1)).toMatchObject({ level: 'fatal', code: 'seal-unavailable' });
  });
});

async function stateOf(api: ApiProcess): Promise<string> {
  const { operatorUrl } = await api.ready();
  return (await ask<{ status: string }>(operatorUrl, 'GET /health/ready')).body.status;
}

const sealedBy = (api: ApiProcess) => api.lines.find(({ msg }) => msg.startsWith('THE KEYS ARE SEALED'));
