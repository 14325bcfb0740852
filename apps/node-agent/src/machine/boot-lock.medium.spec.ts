import { lockedRtmr2 } from '@asterism/attestation';
import { toHex } from '@asterism/bytes';
import { canMount, FuseMount, MeasurementRegisters } from '@asterism/testkit/kernel';
import { encodeEventLog, EVENT_TYPE } from '@asterism/tpm';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootRecordFile } from '../state/boot-record.ts';
import { openRtmrLock, recordedLock } from './boot-lock.ts';

const CLUSTER = new Uint8Array(32).fill(9);
const BOOTED = new Uint8Array(48).fill(0x22);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'asterism-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));
const store = (boot = 'boot-1') => bootRecordFile(join(directory, 'boot.json'), boot);

describe('the lock of a TEE without registers', () => {
  it('S20 is remembered for its boot, and for no other', async () => {
    expect(await recordedLock(store()).isLocked()).toBe(false);
    await recordedLock(store()).lock(CLUSTER);
    expect(await recordedLock(store()).isLocked()).toBe(true);
    await expect(recordedLock(store()).lock(CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
    expect(await recordedLock(store('boot-2')).isLocked()).toBe(false);
  });

  it('is not known where the record is damaged', async () => {
    for (const text of ['', '{', '{"schema":"asterism/boot-record/v1","boot":"boot-1","locked":"yes"}']) {
      await writeFile(join(directory, 'boot.json'), text);
      expect(await recordedLock(store()).isLocked()).toBe(false);
    }
  });
});

describe.skipIf(!(await canMount()))('the lock of a TD (needs root and /dev/fuse)', () => {
  let registers: MeasurementRegisters;
  let mount: FuseMount;
  beforeEach(async () => {
    registers = new MeasurementRegisters();
    registers.values[2]?.set(BOOTED);
    mount = await FuseMount.mount(registers.sysfs);
  });
  afterEach(() => mount.unmount());
  const open = (eventLog: Uint8Array | null = null) =>
    openRtmrLock({ roots: { sysfs: mount.path }, eventLog, store: store() });
  const rtmr2 = () => toHex(registers.values[2] ?? new Uint8Array());

  it('S20 is what verifiers look for in RTMR 2, and is made once a boot', async () => {
    const lock = await open();
    expect(await lock.isLocked()).toBe(false);
    await lock.lock(CLUSTER);
    expect(rtmr2()).toBe(toHex(await lockedRtmr2(BOOTED, CLUSTER)));
    expect(await lock.isLocked()).toBe(true);
    await expect(lock.lock(CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
    expect(rtmr2()).toBe(toHex(await lockedRtmr2(BOOTED, CLUSTER)));
  });

  it('S20 is seen by an agent that is started again on the same boot', async () => {
    await (await open()).lock(CLUSTER);
    expect(await (await open()).isLocked()).toBe(true);
  });

  it('S20 is told from what the firmware measured by its log, also when the agent lost its record', async () => {
    const digest = new Uint8Array(48).fill(4);
    const event = {
      pcr: 3,
      type: EVENT_TYPE.EV_IPL,
      digests: new Map([['sha384', digest] as const]),
      data: digest,
    };
    const log = encodeEventLog(['sha384'], [event]);
    registers.values[2]?.set(createHash('sha384').update(new Uint8Array(48)).update(digest).digest());
    const lock = await open(log);
    expect(await lock.isLocked()).toBe(false);
    await lock.lock(CLUSTER);
    await rm(join(directory, 'boot.json'), { force: true });
    expect(await (await open(log)).isLocked()).toBe(true);
  });

  it('S20 is not believed to be made where RTMR 2 does not show it', async () => {
    const lock = await open();
    registers.instead = () => null;
    await expect(lock.lock(CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
  });

  it('S20 is impossible once anything else extended RTMR 2', async () => {
    const lock = await open();
    registers.values[2]?.fill(1);
    expect(await lock.isLocked()).toBe(true);
    await expect(lock.lock(CLUSTER)).rejects.toMatchObject({ code: 'lock-foreign' });
  });
});
