import { flushLeftovers, Tpm } from '@asterism/tpm';
import {
  createSoftwareTpm,
  openTpmUnixSocket,
  startSoftwareTpm,
  type SoftwareTpm,
} from '@asterism/tpm-device';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKek, openKek } from './kek.ts';
import { keyFileSeal } from './key-file-seal.ts';
import { openAnySlot } from './open-any-slot.ts';
import { tpmSeal } from './tpm-seal.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));

describe('tpmSeal', () => {
  let folder: string;
  const machines: SoftwareTpm[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-seal-'));
    const certificateAuthority = { directory: join(folder, 'authority') };
    for (const name of ['own', 'other']) {
      const directory = join(folder, name);
      await createSoftwareTpm({ directory, certificateAuthority });
      machines.push(await startSoftwareTpm({ directory }));
    }
  });

  afterAll(async () => {
    for (const machine of machines) await machine.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function on<Result>(machine: number, work: (tpm: Tpm) => Promise<Result>): Promise<Result> {
    const tpm = new Tpm(await openTpmUnixSocket(machines[machine]?.dataSocket ?? ''));
    try {
      await flushLeftovers(tpm);
      return await work(tpm);
    } finally {
      await tpm.close();
    }
  }

  it('opens on the TPM that sealed, also after a reboot', async () => {
    const { kek, sealed } = await on(0, (tpm) => createKek(tpmSeal(tpm), random));
    await machines[0]?.reboot();
    expect(await on(0, (tpm) => openKek(tpmSeal(tpm), sealed))).toEqual(kek);
  });

  it('S25 does not open on another TPM, altered, or with another PCR 7', async () => {
    const { sealed } = await on(0, (tpm) => createKek(tpmSeal(tpm), random));
    const altered = sealed.map((byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte));
    await expect(on(1, (tpm) => openKek(tpmSeal(tpm), sealed))).rejects.toMatchObject({ code: 'seal-wrong' });
    await expect(on(0, (tpm) => openKek(tpmSeal(tpm), altered))).rejects.toMatchObject({
      code: 'seal-wrong',
    });
    await on(0, (tpm) => tpm.pcrExtend(7, new Map([['sha256', random(32)]])));
    await expect(on(0, (tpm) => openKek(tpmSeal(tpm), sealed))).rejects.toMatchObject({ code: 'seal-wrong' });
  });

  it('says what it is bound to, and opens it whatever it would bind itself to', async () => {
    const { kek, sealed, description } = await on(0, (tpm) =>
      createKek(tpmSeal(tpm, { pcrs: [12, 4, 12] }), random),
    );
    const zeros = createHash('sha256').update(new Uint8Array(64)).digest('hex');
    expect(description).toEqual({ kind: 'tpm', bank: 'sha256', pcrs: [4, 12], pcrDigest: zeros });
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(await on(0, (tpm) => openKek(tpmSeal(tpm), sealed))).toEqual(kek);
    const usual = await on(0, (tpm) => tpmSeal(tpm).seal(kek));
    expect(usual.description).toMatchObject({ bank: 'sha256', pcrs: [7] });
  });

  it('S25 opens after a planned update, and before it by the slot of today alone', async () => {
    await machines[0]?.reboot();
    const next = random(32);
    const after = createHash('sha256').update(new Uint8Array(32)).update(next).digest();
    const [kek, slots] = await on(0, async (tpm) => {
      const today = await createKek(tpmSeal(tpm, { pcrs: [4, 7] }), random);
      const planned = await tpmSeal(tpm, { pcrs: [4, 7], values: new Map([[4, after]]) }).seal(today.kek);
      expect(planned.description).not.toEqual({ ...today.description });
      return [today.kek, { today: { kind: 'tpm', ...today }, planned: { kind: 'tpm', ...planned } }] as const;
    });
    const open = () => on(0, (tpm) => openAnySlot([tpmSeal(tpm)], [slots.today, slots.planned]));
    expect(await open()).toEqual({ kek, slot: slots.today });
    await on(0, (tpm) => tpm.pcrExtend(4, new Map([['sha256', next]])));
    expect(await open()).toEqual({ kek, slot: slots.planned });
    await on(0, (tpm) => tpm.pcrExtend(4, new Map([['sha256', next]])));
    await expect(open()).rejects.toMatchObject({ code: 'seal-wrong' });
  });

  it('refuses values for PCRs that it is not bound to, and PCRs that there are none of', async () => {
    const values = new Map([[8, random(32)]]);
    const sha384 = { bank: 'sha384', pcrs: [7] } as const;
    const short = { values: new Map([[7, random(31)]]) };
    for (const options of [{ values }, short, { pcrs: [] }, { pcrs: [24] }, sha384]) {
      await expect(on(0, (tpm) => tpmSeal(tpm, options).seal(random(32)))).rejects.toMatchObject({
        code: 'seal-options-invalid',
        outcome: 'input',
      });
    }
  });

  it('is told apart from a key file where nobody said of which kind a slot is', async () => {
    const path = join(folder, 'seal.key');
    await writeFile(path, random(32), { mode: 0o600 });
    const file = await keyFileSeal({ path, allowed: true, random });
    const byFile = { kind: 'first', ...(await createKek(file, random)) } as const;
    const byTpm = { kind: 'first', ...(await on(0, (tpm) => createKek(tpmSeal(tpm), random))) } as const;
    for (const slot of [byFile, byTpm]) {
      const opened = await on(0, (tpm) => openAnySlot([tpmSeal(tpm), file], [slot]));
      expect(opened.kek).toEqual(slot.kek);
    }
    await expect(on(0, (tpm) => openAnySlot([tpmSeal(tpm)], [byFile]))).rejects.toMatchObject({
      code: 'seal-malformed',
    });
    await expect(openAnySlot([file], [byTpm])).rejects.toMatchObject({ code: 'seal-malformed' });
  });

  it('tells what no TPM sealed, and a TPM that is gone', async () => {
    await expect(on(0, (tpm) => openKek(tpmSeal(tpm), random(61)))).rejects.toMatchObject({
      code: 'seal-malformed',
    });
    const { sealed } = await on(1, (tpm) => createKek(tpmSeal(tpm), random));
    const tpm = new Tpm(await openTpmUnixSocket(machines[1]?.dataSocket ?? ''));
    await machines[1]?.stop();
    await expect(openKek(tpmSeal(tpm), sealed)).rejects.toMatchObject({ code: 'seal-unavailable' });
    await tpm.close();
  });
});
