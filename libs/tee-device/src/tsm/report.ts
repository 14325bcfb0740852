import { fromUtf8, utf8, type Bytes } from '@asterism/bytes';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileFailed, TeeDeviceError } from '../errors.ts';
import { readKernelFile, readKernelFileIfThere, readKernelText, writeKernelFile } from '../kernel-file.ts';
import type { DeviceRoots } from '../roots.ts';

/** Providers whose reports are read here. */
export type TsmProvider = 'sev_guest' | 'tdx_guest';

export interface TsmRequest {
  /** 64 bytes: REPORT_DATA of SEV-SNP, REPORTDATA of TDX. */
  readonly reportData: Uint8Array;
  /** Whose report is meant; another one is refused. */
  readonly provider: TsmProvider;
  /** VMPL, 0 to 3; null for the most privileged one that this guest may ask for: below an SVSM that is not 0. */
  readonly privilegeLevel: number | null;
}

export interface TsmReport {
  /** Attestation report or quote. */
  readonly report: Bytes;
  /** Certificate table of SEV-SNP as the host gave it; null where the provider has none or it is empty. */
  readonly auxiliary: Bytes | null;
}

export interface TsmOptions {
  readonly roots: Pick<DeviceRoots, 'configfs'>;
  readonly random: (length: number) => Uint8Array;
}

const REPORT_DATA_BYTES = 64;
/** TSM_REPORT_OUTBLOB_MAX of `include/linux/tsm.h`: 32 KiB before Linux 6.17, 16 MiB since, for quotes with manifests. */
const MAX_REPORT = 64 * 1024;
/** SEV_FW_BLOB_MAX_SIZE, of which configfs passes on what the report leaves. */
const MAX_AUXILIARY = 256 * 1024;
const MAX_NUMBER = 32;
const MAX_ATTEMPTS = 5;
/** Milliseconds before the second attempt; twice as long before each next. */
const FIRST_PAUSE = 20;

/**
 * A report by Linux's configfs-tsm (Documentation/ABI/testing/configfs-tsm-report): an entry of our own, our data in, the
 * report out, the entry gone. `generation` counts the writes; where it is not ours alone somebody else wrote into our
 * entry, and what came out may be over his data: then again, in a new entry, five times at most.
 * @throws TeeDeviceError `unavailable` where there is no TEE or no provider, `busy` where it never was ours alone
 */
export async function requestTsmReport(request: TsmRequest, options: TsmOptions): Promise<TsmReport> {
  requireFit(request);
  for (let attempt = 1; ; attempt++) {
    try {
      return await withEntry(options, (entry) => readReport(entry, request));
    } catch (error) {
      const busy = error instanceof TeeDeviceError && error.code === 'busy';
      if (!busy || attempt === MAX_ATTEMPTS) throw error;
      await setTimeout(FIRST_PAUSE * 2 ** (attempt - 1));
    }
  }
}

/** The provider that is registered, also one that is not read here; null where there is none. */
export async function readTsmProvider(options: TsmOptions): Promise<string | null> {
  try {
    return await withEntry(options, (entry) => readKernelText(join(entry, 'provider')));
  } catch (error) {
    if (error instanceof TeeDeviceError && error.code === 'unavailable') return null;
    throw error;
  }
}

function requireFit({ reportData, privilegeLevel }: TsmRequest): void {
  if (reportData.length !== REPORT_DATA_BYTES) {
    throw new TeeDeviceError('request-refused', 'report data is not 64 bytes', {
      got: reportData.length,
      want: REPORT_DATA_BYTES,
    });
  }
  if (privilegeLevel !== null && ![0, 1, 2, 3].includes(privilegeLevel)) {
    throw new TeeDeviceError('request-refused', 'no such privilege level', {
      got: privilegeLevel,
      want: '0 to 3',
    });
  }
}

async function withEntry<T>({ roots, random }: TsmOptions, use: (entry: string) => Promise<T>): Promise<T> {
  const name = `asterism-${Buffer.from(random(8)).toString('hex')}`;
  const entry = join(roots.configfs, 'tsm', 'report', name);
  await mkdir(entry).catch((cause: unknown) => {
    throw fileFailed('create', entry, cause);
  });
  try {
    return await use(entry);
  } finally {
    // An entry that stays behind keeps memory of the kernel and its provider loaded, and changes no report.
    await rmdir(entry).catch(() => undefined);
  }
}

async function readReport(
  entry: string,
  { reportData, provider, privilegeLevel }: TsmRequest,
): Promise<TsmReport> {
  const attribute = (name: string) => join(entry, name);
  const got = await readKernelText(attribute('provider'));
  if (got !== provider) {
    throw new TeeDeviceError('provider-unexpected', 'reports are of another TEE', { got, want: provider });
  }
  const generation = () => readGeneration(attribute('generation'));
  const before = await generation();
  // The kernel takes a binary attribute when it is closed, and cannot say then that it did not: the count does.
  await writeKernelFile(attribute('inblob'), reportData);
  const level = privilegeLevel ?? (await readFloor(attribute('privlevel_floor')));
  if (level !== null) await writeKernelFile(attribute('privlevel'), utf8(`${level}`));
  const wanted = before + (level === null ? 1n : 2n);
  const report = await readKernelFile(attribute('outblob'), MAX_REPORT);
  const auxiliary = await readKernelFileIfThere(attribute('auxblob'), MAX_AUXILIARY);
  const after = await generation();
  if (after !== wanted) {
    throw new TeeDeviceError('busy', 'another process writes into the same entry', {
      got: after,
      want: wanted,
    });
  }
  if (report.length === 0) throw new TeeDeviceError('response-malformed', 'the report is empty');
  return { report, auxiliary: auxiliary?.length === 0 ? null : auxiliary };
}

/** Null where the kernel's own choice, 0, will do, and where the TEE knows no levels. */
async function readFloor(path: string): Promise<number | null> {
  const bytes = await readKernelFileIfThere(path, MAX_NUMBER);
  if (bytes === null) return null;
  const text = fromUtf8(bytes).trimEnd();
  if (!/^[0-3]$/.test(text)) {
    throw new TeeDeviceError('response-malformed', 'privlevel_floor is no privilege level', { got: text });
  }
  return text === '0' ? null : Number(text);
}

async function readGeneration(path: string): Promise<bigint> {
  const text = await readKernelText(path, MAX_NUMBER);
  if (!/^\d{1,20}$/.test(text)) {
    throw new TeeDeviceError('response-malformed', 'generation is no number', { got: text.slice(0, 40) });
  }
  return BigInt(text);
}
