import { lockDigest } from '@asterism/attestation';
import { equalBytes, fromHex, toHex, type Bytes } from '@asterism/bytes';
import { extendRtmr, readRtmr, TeeDeviceError, type DeviceRoots } from '@asterism/tee-device';
import { parseEventLog, replayEventLog, type Tpm } from '@asterism/tpm';
import { NodeError } from '../errors.ts';
import type { BootRecordStore } from '../state/boot-record.ts';
import { isExtended, lockInto } from './lock.ts';

/** What keeps a boot from being given secrets twice (S20). */
export interface BootLock {
  isLocked(): Promise<boolean>;
  /** @throws NodeError `lock-foreign` */
  lock(clusterId: Uint8Array): Promise<void>;
}

/** PCR 15 of a TPM, in every bank. */
export function pcrLock(tpm: Tpm): BootLock {
  return { isLocked: () => isExtended(tpm), lock: (clusterId) => lockInto(tpm, clusterId) };
}

/**
 * For a TEE without registers: the API's record of the boot is what keeps it from secrets, and this one spares the node
 * the question. Losing the record costs nothing but the words of the refusal.
 */
export function recordedLock(store: BootRecordStore): BootLock {
  return {
    isLocked: async () => (await store.read()).locked,
    lock: async () => {
      if ((await store.read()).locked) throw new NodeError('lock-foreign', 'this boot was locked before');
      await store.write({ locked: true, booted: null });
    },
  };
}

/** RTMR 2 of a log of a TD, whose register 0 is MRTD. */
const LOGGED_RTMR2 = 3;

export interface RtmrLockOptions {
  readonly roots: Pick<DeviceRoots, 'sysfs'>;
  /** CC event log; null where there is none. */
  readonly eventLog: Uint8Array | null;
  readonly store: BootRecordStore;
}

/**
 * RTMR 2 of a TD, which starts with what the boot measured: by its event log, else by what it was when an agent first
 * saw this boot.
 */
export async function openRtmrLock({ roots, eventLog, store }: RtmrLockOptions): Promise<BootLock> {
  const booted = (await replayed(eventLog)) ?? (await firstSeen(roots, store));
  const isOpen = async () => equalBytes(await readRtmr(roots, 2), booted);
  return {
    isLocked: async () => !(await isOpen()),
    lock: async (clusterId) => {
      if (!(await isOpen())) {
        throw new NodeError('lock-foreign', 'RTMR 2 is not what the boot left before the lock', {
          want: toHex(booted),
        });
      }
      await extendRtmr(roots, 2, await lockDigest('sha384', clusterId)).catch((cause: unknown) => {
        if (!(cause instanceof TeeDeviceError) || cause.code !== 'register-unexpected') throw cause;
        throw new NodeError('lock-foreign', 'RTMR 2 is not the lock of this cluster after it was extended', {
          got: cause.got,
          want: cause.want,
          cause,
        });
      });
    },
  };
}

async function replayed(eventLog: Uint8Array | null): Promise<Bytes | null> {
  if (eventLog === null) return null;
  return (await replayEventLog(parseEventLog(eventLog), 'sha384')).get(LOGGED_RTMR2) ?? new Uint8Array(48);
}

async function firstSeen(roots: RtmrLockOptions['roots'], store: BootRecordStore): Promise<Bytes> {
  const { booted } = await store.read();
  if (booted !== null) return fromHex(booted);
  const now = await readRtmr(roots, 2);
  await store.write({ locked: false, booted: toHex(now) });
  return now;
}
