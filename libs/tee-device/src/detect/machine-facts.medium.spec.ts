import { LargeNv, mintAk, mintHclReport, softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { canMount, FuseMount, TsmReports } from '@asterism/testkit/kernel';
import {
  defineNv,
  NV_ATTRIBUTE,
  Tpm,
  undefineNv,
  writeNv,
  type HclReportType,
  type RsaPublic,
} from '@asterism/tpm';
import { openTpmUnixSocket } from '@asterism/tpm-device';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readMachineFacts } from './machine-facts.ts';
import { suggestVariant } from './suggest-variant.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const SEV_STATUS = 0xc001_0131;
const AMD_GUEST =
  'processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu vme hypervisor lahf_lm\nbogomips\t: 5299.99\n';
const INTEL_TD =
  'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme hypervisor tdx_guest\nbogomips\t: 4000.00\n';
const CERTIFICATE = Uint8Array.of(0x30, 0x82, 0, 4, 1, 2, 3, 4);

/** A machine as its files and its TPM's NV memory show it. */
interface RecordedMachine {
  /** `sys_vendor`, `product_name`, `chassis_asset_tag`. */
  readonly dmi: readonly [string, string, string] | null;
  readonly cpuinfo: string;
  readonly devices: readonly string[];
  readonly tsmProvider?: string;
  /** SEV_STATUS of `/dev/cpu/0/msr`. */
  readonly sevStatus?: bigint;
  readonly files?: Readonly<Record<string, string>>;
  /** Null for a machine without a TPM. */
  readonly nv: Readonly<Record<number, Uint8Array>> | null;
}

async function hclReport(reportType: HclReportType): Promise<Uint8Array> {
  const ak = mintAk('rsassa-2048').area as RsaPublic;
  return mintHclReport({ reportType, ak, hardwareReport: () => random(reportType === 'SNP' ? 1184 : 1024) });
}

const AZURE = ['Microsoft Corporation', 'Virtual Machine', '7783-7084-3265-9085-8269-3286-77'] as const;
const GCP = ['Google', 'Google Compute Engine', ''] as const;
const TPM_DEVICES = ['tpm0', 'tpmrm0'];
const VMPL = { 'devices/system/cpu/sev/vmpl': '0\n' };

const MACHINES: readonly (readonly [
  string,
  string | null,
  () => Promise<RecordedMachine> | RecordedMachine,
])[] = [
  [
    'bare SNP',
    'sev-snp',
    () => ({
      dmi: ['QEMU', 'Standard PC (Q35 + ICH9, 2009)', ''],
      cpuinfo: AMD_GUEST,
      devices: ['sev-guest'],
      tsmProvider: 'sev_guest',
      files: VMPL,
      nv: null,
    }),
  ],
  [
    'bare TDX',
    'tdx',
    () => ({
      dmi: ['QEMU', 'Standard PC (Q35 + ICH9, 2009)', ''],
      cpuinfo: INTEL_TD,
      devices: ['tdx_guest'],
      tsmProvider: 'tdx_guest',
      nv: null,
    }),
  ],
  [
    'Azure SNP',
    'azure-sev-snp',
    async () => ({
      dmi: AZURE,
      cpuinfo: AMD_GUEST,
      devices: TPM_DEVICES,
      nv: { 0x0140_0001: await hclReport('SNP'), 0x01c1_01d0: CERTIFICATE },
    }),
  ],
  [
    'Azure TDX',
    'azure-tdx',
    async () => ({
      dmi: AZURE,
      cpuinfo: INTEL_TD,
      devices: TPM_DEVICES,
      nv: { 0x0140_0001: await hclReport('TDX'), 0x01c1_01d0: CERTIFICATE },
    }),
  ],
  [
    'Azure Trusted Launch',
    'azure-trusted-launch',
    () => ({ dmi: AZURE, cpuinfo: AMD_GUEST, devices: TPM_DEVICES, nv: { 0x01c1_01d0: CERTIFICATE } }),
  ],
  [
    'GCP SNP',
    'gcp-sev-snp',
    () => ({
      dmi: GCP,
      cpuinfo: AMD_GUEST,
      devices: ['sev-guest', ...TPM_DEVICES],
      tsmProvider: 'sev_guest',
      sevStatus: 0b111n,
      nv: { 0x01c1_0002: CERTIFICATE, 0x01c1_0003: random(20) },
    }),
  ],
  [
    'GCP SEV-ES',
    'gcp-sev-es',
    () => ({
      dmi: GCP,
      cpuinfo: AMD_GUEST,
      devices: TPM_DEVICES,
      sevStatus: 0b011n,
      nv: { 0x01c1_0000: CERTIFICATE, 0x01c1_0001: random(20) },
    }),
  ],
  [
    'AWS SNP',
    'aws-sev-snp',
    () => ({
      dmi: ['Amazon EC2', 'm6a.large', 'Amazon EC2'],
      cpuinfo: AMD_GUEST,
      devices: ['sev-guest', ...TPM_DEVICES],
      tsmProvider: 'sev_guest',
      nv: {},
    }),
  ],
  [
    'AWS NitroTPM',
    'aws-nitro-tpm',
    () => ({
      dmi: ['Amazon EC2', 'm5.large', 'Amazon EC2'],
      cpuinfo: AMD_GUEST,
      devices: TPM_DEVICES,
      nv: {},
    }),
  ],
  [
    'QEMU with a software TPM',
    'tpm',
    () => ({
      dmi: ['QEMU', 'Standard PC (Q35 + ICH9, 2009)', ''],
      cpuinfo: AMD_GUEST,
      devices: TPM_DEVICES,
      nv: {},
    }),
  ],
  ['nothing', null, () => ({ dmi: null, cpuinfo: AMD_GUEST, devices: [], nv: null })],
];

describe.skipIf(!(await canMount()))('readMachineFacts (needs root and /dev/fuse)', () => {
  let tpms: SoftwareTpms;
  let socket: string;
  let root: string;
  let reports: TsmReports;
  let configfs: FuseMount;
  beforeAll(async () => {
    tpms = await softwareTpms();
    socket = (await tpms.start('a')).dataSocket;
  });
  afterAll(() => tpms.remove());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'asterism-machine-'));
    reports = new TsmReports(null);
    configfs = await FuseMount.mount(reports.configfs);
  });
  afterEach(async () => {
    await configfs.unmount();
    await rm(root, { recursive: true });
  });

  async function put(path: string, contents: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), contents);
  }

  /** Lays the machine's files out, sparse where the kernel's are. */
  async function layOut({
    dmi,
    cpuinfo,
    devices,
    tsmProvider,
    sevStatus,
    files = {},
  }: RecordedMachine): Promise<void> {
    const names = ['sys_vendor', 'product_name', 'chassis_asset_tag'];
    for (const [at, text] of (dmi ?? []).entries()) await put(`sys/class/dmi/id/${names[at]}`, `${text}\n`);
    await put('proc/cpuinfo', cpuinfo);
    for (const device of devices) await put(`dev/${device}`, '');
    for (const [path, text] of Object.entries(files)) await put(`sys/${path}`, text);
    if (sevStatus !== undefined) {
      await put('dev/cpu/0/msr', '');
      const msr = await open(join(root, 'dev/cpu/0/msr'), 'r+');
      const value = Buffer.alloc(8);
      value.writeBigUInt64LE(sevStatus);
      await msr.write(value, 0, 8, SEV_STATUS);
      await msr.close();
    }
    if (tsmProvider !== undefined) {
      reports.provider = {
        name: tsmProvider,
        privlevelFloor: null,
        hasAuxblob: false,
        report: () => ({ outblob: new Uint8Array() }),
      };
    }
  }

  async function withVtpm<T>(nv: RecordedMachine['nv'], use: (tpm: Tpm | null) => Promise<T>): Promise<T> {
    if (nv === null) return use(null);
    const tpm = new Tpm(new LargeNv(await openTpmUnixSocket(socket)));
    const indices = Object.entries(nv).map(([index, contents]) => [Number(index), contents] as const);
    try {
      for (const [index, contents] of indices) {
        const attributes = NV_ATTRIBUTE.ownerRead | NV_ATTRIBUTE.ownerWrite;
        await defineNv(tpm, { index, size: contents.length, attributes });
        await writeNv(tpm, index, contents);
      }
      return await use(tpm);
    } finally {
      for (const [index] of indices) await undefineNv(tpm, index);
      await tpm.close();
    }
  }

  const roots = () => ({
    sysfs: join(root, 'sys'),
    configfs: configfs.path,
    dev: join(root, 'dev'),
    proc: join(root, 'proc'),
  });

  it.each(MACHINES)('tells %s', async (_, variant, recorded) => {
    const machine = await recorded();
    await layOut(machine);
    const facts = await withVtpm(machine.nv, (tpm) => readMachineFacts({ roots: roots(), random, tpm }));
    expect([...facts.devices].sort()).toEqual([...machine.devices].sort());
    expect(facts.tsmProvider).toBe(machine.tsmProvider ?? null);
    expect(facts.dmi.vendor).toBe(machine.dmi?.[0] ?? null);
    expect(suggestVariant(facts)).toMatchObject({
      variant,
      ...(variant === null ? { code: 'nothing-found' } : {}),
    });
    expect(reports.entries).toEqual([]);
  });

  it.each([
    [0n, 'none'],
    [0b001n, 'sev'],
    [0b011n, 'sev-es'],
    [0b111n, 'sev-snp'],
  ])('reads SEV_STATUS %s as %s', async (sevStatus, memoryEncryption) => {
    await layOut({ dmi: null, cpuinfo: AMD_GUEST, devices: [], nv: null, sevStatus });
    expect(await readMachineFacts({ roots: roots(), random, tpm: null })).toMatchObject({ memoryEncryption });
  });

  it('knows nothing of memory encryption where nothing tells', async () => {
    await put('proc/cpuinfo', AMD_GUEST);
    expect((await readMachineFacts({ roots: roots(), random, tpm: null })).memoryEncryption).toBeNull();
    await put('dev/cpu/0/msr', 'a register that the processor does not have');
    expect((await readMachineFacts({ roots: roots(), random, tpm: null })).memoryEncryption).toBe('none');
  });
});
