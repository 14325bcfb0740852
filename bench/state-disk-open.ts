import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateDisk } from '@asterism/state-disk';
import { round } from './report.ts';
import { median } from './signature-ratio.ts';

const TURNS = 9;
const SIZE = 64 * 1024 * 1024;

/**
 * Opening a state disk, beside cryptsetup opening the same keyslot. Header, keyslot and token are real and on a file;
 * nothing is mapped, because a test machine may have no device mapper: mapping costs both the same.
 */
export async function measureStateDiskOpen() {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-bench-disk-'));
  const device = join(folder, 'disk');
  const key = new Uint8Array(randomBytes(32));
  const disk = new StateDisk({
    cluster: 'bench',
    disk: 'disk-1',
    device,
    mapping: 'asterism-bench',
    activation: 'header-only',
    filesystem: 'ext4',
    mountPoint: null,
    discard: false,
  });
  const grant = {
    key,
    version: 1,
    scheme: 'asterism',
    kdf: 'pbkdf2',
    acceptedEpoch: null,
    next: null,
  } as const;
  try {
    await writeFile(device, '');
    await truncate(device, SIZE);
    let { epoch } = (await disk.open({ ...grant, format: true, epoch: 0 })).report;
    const [bare, full]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < TURNS; turn++) {
      bare.push(await timed(() => cryptsetup(['open', '--test-passphrase', '--key-file', '-', device], key)));
      full.push(
        await timed(async () => {
          ({ epoch } = (await disk.open({ ...grant, format: false, epoch })).report);
        }),
      );
    }
    const [opened, alone] = [median(full), median(bare)];
    return {
      openMilliseconds: round(opened, 0),
      cryptsetupMilliseconds: round(alone, 0),
      addedMilliseconds: round(opened - alone, 0),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function cryptsetup(parameters: readonly string[], input: Uint8Array): Promise<void> {
  return new Promise((settle, reject) => {
    const child = execFile('/usr/sbin/cryptsetup', [...parameters, '--disable-locks'], (error) => {
      if (error) reject(error);
      else settle();
    });
    child.stdin?.end(input);
  });
}
