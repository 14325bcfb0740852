import { parseEventLog } from '@asterism/tpm';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFirmwareEventLog } from './event-log.ts';

const VECTORS = process.env.ASTERISM_VECTORS ?? join(import.meta.dirname, '../../../../shared/vectors');
const CCEL = join(VECTORS, 'gcp/tdx-cos113-ccel/ccel_data.bin');

let sysfs: string;
beforeEach(async () => {
  sysfs = await mkdtemp(join(tmpdir(), 'asterism-sysfs-'));
});
afterEach(() => rm(sysfs, { recursive: true }));

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(sysfs, path)), { recursive: true });
  await writeFile(join(sysfs, path), bytes);
}

describe('readFirmwareEventLog', () => {
  it('gives the log of a TPM as it stands', async () => {
    const log = Uint8Array.of(1, 2, 3, 0xff);
    await put('kernel/security/tpm0/binary_bios_measurements', log);
    expect(await readFirmwareEventLog({ sysfs }, 'tpm')).toEqual(log);
  });

  it('says that there is none', async () => {
    expect(await readFirmwareEventLog({ sysfs }, 'tpm')).toBeNull();
    expect(await readFirmwareEventLog({ sysfs }, 'cc')).toBeNull();
  });

  it('refuses an endless one', async () => {
    await put('kernel/security/tpm0/binary_bios_measurements', new Uint8Array((1 << 20) + 1));
    await expect(readFirmwareEventLog({ sysfs }, 'tpm')).rejects.toMatchObject({ code: 'too-large' });
  });

  it.skipIf(!existsSync(CCEL))(
    "cuts what firmware left unwritten behind a TD's (needs the vectors)",
    async () => {
      const area = await readFile(CCEL);
      await put('firmware/acpi/tables/data/CCEL', area);
      const log = await readFirmwareEventLog({ sysfs }, 'cc');
      const { banks, events } = parseEventLog(log ?? new Uint8Array());
      expect(banks).toEqual(['sha384']);
      expect(events.length).toBeGreaterThan(10);
      expect(area.subarray(log?.length).every((byte) => byte === 0xff)).toBe(true);
    },
  );
});
