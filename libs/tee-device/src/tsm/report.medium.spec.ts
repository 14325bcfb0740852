import { utf8 } from '@asterism/bytes';
import { canMount, FuseMount, KernelError, TsmReports, type TsmProvider } from '@asterism/testkit/kernel';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTsmProvider, requestTsmReport, type TsmRequest } from './report.ts';

const REPORT_DATA = new Uint8Array(64).map((_, at) => at);
const REQUEST: TsmRequest = { reportData: REPORT_DATA, provider: 'sev_guest', privilegeLevel: null };
const random = (length: number) => new Uint8Array(randomBytes(length));

/** Says what it was asked, as a report does. */
const SEV: TsmProvider = {
  name: 'sev_guest',
  privlevelFloor: 0,
  hasAuxblob: true,
  report: ({ inblob, privlevel }) => ({
    outblob: Uint8Array.of(privlevel, ...inblob),
    auxblob: utf8('certificates'),
  }),
};

describe.skipIf(!(await canMount()))('requestTsmReport (needs root and /dev/fuse)', () => {
  let reports: TsmReports;
  let mount: FuseMount;
  beforeEach(async () => {
    reports = new TsmReports(SEV);
    mount = await FuseMount.mount(reports.configfs);
  });
  afterEach(() => mount.unmount());

  const ask = (request: Partial<TsmRequest> = {}) =>
    requestTsmReport({ ...REQUEST, ...request }, { roots: { configfs: mount.path }, random });
  const intrude = (entry: string) =>
    writeFile(join(mount.path, 'tsm/report', entry, 'inblob'), new Uint8Array(64).fill(0xee));

  it('gives report and certificates over our data, and leaves no entry', async () => {
    const { report, auxiliary } = await ask();
    expect(report).toEqual(Uint8Array.of(0, ...REPORT_DATA));
    expect(auxiliary).toEqual(utf8('certificates'));
    expect(reports.entries).toEqual([]);
  });

  it('asks for the privilege level that is wanted', async () => {
    const { report } = await ask({ privilegeLevel: 2 });
    expect(report[0]).toBe(2);
  });

  it('asks for the most privileged level that it may, below an SVSM', async () => {
    reports.provider = { ...SEV, privlevelFloor: 2 };
    expect((await ask()).report[0]).toBe(2);
  });

  it.each([0, 1])('is refused level %i below the floor of the TEE', async (privilegeLevel) => {
    reports.provider = { ...SEV, privlevelFloor: 2 };
    await expect(ask({ privilegeLevel })).rejects.toMatchObject({ code: 'request-refused', got: 'EINVAL' });
    expect(reports.entries).toEqual([]);
  });

  it('reads a report beyond a page, and one of a TEE without certificates', async () => {
    const quote = new Uint8Array(randomBytes(12_000));
    reports.provider = {
      name: 'tdx_guest',
      privlevelFloor: null,
      hasAuxblob: false,
      report: () => ({ outblob: quote }),
    };
    expect(await ask({ provider: 'tdx_guest' })).toEqual({ report: quote, auxiliary: null });
  });

  it('takes an empty certificate table for none', async () => {
    reports.provider = { ...SEV, report: ({ inblob }) => ({ outblob: inblob }) };
    expect((await ask()).auxiliary).toBeNull();
  });

  it('serves two that ask at once, each its own report', async () => {
    const other = new Uint8Array(64).fill(9);
    const [one, two] = await Promise.all([ask(), ask({ reportData: other })]);
    expect(one.report.subarray(1)).toEqual(REPORT_DATA);
    expect(two.report.subarray(1)).toEqual(other);
  });

  it('S01 asks again where another process wrote into the entry', async () => {
    let intrusions = 0;
    reports.provider = {
      ...SEV,
      report: async (request) => {
        if (intrusions++ < 2) await intrude(request.entry);
        return SEV.report(request);
      },
    };
    expect((await ask()).report.subarray(1)).toEqual(REPORT_DATA);
    expect(intrusions).toBe(3);
    expect(reports.entries).toEqual([]);
  });

  it('S01 gives up where another process does so every time', async () => {
    const entries = new Set<string>();
    reports.provider = {
      ...SEV,
      report: async (request) => {
        entries.add(request.entry);
        await intrude(request.entry);
        return SEV.report(request);
      },
    };
    await expect(ask()).rejects.toMatchObject({ code: 'busy' });
    expect(entries.size).toBe(5);
  });

  it('S01 notices data that the kernel did not take', async () => {
    reports.refuseWrites = 'EBUSY';
    await expect(ask()).rejects.toMatchObject({ code: 'request-refused' });
  });

  it.each([
    ['EIO', 'device-failed'],
    ['ENOTTY', 'device-failed'],
    ['ETIMEDOUT', 'timeout'],
    ['EBUSY', 'busy'],
    ['EINVAL', 'request-refused'],
    ['ENXIO', 'unavailable'],
    ['EFBIG', 'too-large'],
    ['EACCES', 'access-denied'],
  ] as const)('says what %s of the TEE means: %s', async (errno, code) => {
    reports.provider = {
      ...SEV,
      report: () => {
        throw new KernelError(errno);
      },
    };
    await expect(ask()).rejects.toMatchObject({ code, got: errno });
    expect(reports.entries).toEqual([]);
  });

  it('refuses the report of another TEE, an empty one and an endless one', async () => {
    await expect(ask({ provider: 'tdx_guest' })).rejects.toMatchObject({
      code: 'provider-unexpected',
      got: 'sev_guest',
    });
    reports.provider = { ...SEV, report: () => ({ outblob: new Uint8Array() }) };
    await expect(ask()).rejects.toMatchObject({ code: 'response-malformed' });
    reports.provider = { ...SEV, report: () => ({ outblob: new Uint8Array(70_000) }) };
    await expect(ask()).rejects.toMatchObject({ code: 'too-large' });
  });

  it('says that there is no TEE', async () => {
    reports.provider = null;
    await expect(ask()).rejects.toMatchObject({ code: 'unavailable', got: 'ENXIO' });
    const elsewhere = { roots: { configfs: join(mount.path, 'nowhere') }, random };
    await expect(requestTsmReport(REQUEST, elsewhere)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readTsmProvider(elsewhere)).toBeNull();
    expect(await readTsmProvider({ roots: { configfs: mount.path }, random })).toBeNull();
  });

  it('names the provider', async () => {
    expect(await readTsmProvider({ roots: { configfs: mount.path }, random })).toBe('sev_guest');
    expect(reports.entries).toEqual([]);
  });

  it.each([
    ['reportData', { reportData: new Uint8Array(32) }],
    ['privilegeLevel', { privilegeLevel: 4 }],
  ])('asks nothing with a %s that no TEE takes', async (_, wrong) => {
    await expect(ask(wrong)).rejects.toMatchObject({ code: 'request-refused' });
  });
});
