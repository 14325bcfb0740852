import { concat, Writer, type Bytes } from '@asterism/bytes';
import { bitFlips, mintAk, mintHclReport, mutations, truncations } from '@asterism/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { TpmFormatError } from '../errors.ts';
import type { RsaPublic } from '../structures/public-area.ts';
import { encodeHclReport } from './encode-hcl-report.ts';
import type { HclReport } from './hcl-report.ts';
import { parseHclReport } from './parse-hcl-report.ts';

const ak = mintAk('rsassa-2048').area as RsaPublic;
const filled = (length: number): Bytes => new Uint8Array(length).fill(0x5a);

let snp: Bytes;
let tdx: Bytes;
beforeAll(async () => {
  snp = await mintHclReport({ reportType: 'SNP', ak, hardwareReport: () => filled(1184) });
  tdx = await mintHclReport({ reportType: 'TDX', ak, hardwareReport: () => filled(1024) });
});

function refusal(bytes: Uint8Array): TpmFormatError {
  try {
    parseHclReport(bytes);
  } catch (error) {
    if (error instanceof TpmFormatError) return error;
    throw error;
  }
  throw new Error('was read');
}

/** The report with a 32-bit number, or other bytes, at an offset. */
function patched(bytes: Bytes, offset: number, value: number | Uint8Array): Bytes {
  const changed = new Uint8Array(bytes);
  changed.set(typeof value === 'number' ? new Writer('little').u32(value).finish() : value, offset);
  return changed;
}

const REFUSED: readonly [what: string, code: string, offset: number, value: number | Uint8Array][] = [
  ['another signature', 'malformed', 0, Uint8Array.of(0x49)],
  ['signature in the other byte order', 'malformed', 0, new TextEncoder().encode('ALCH')],
  ['version 0', 'unsupported', 4, 0],
  ['version 3', 'unsupported', 4, 3],
  ['report size that is smaller', 'malformed', 8, 1236],
  ['report size of four gigabytes', 'malformed', 8, 0xffff_ffff],
  ['request for a key release', 'unsupported', 12, 1],
  ['request of an unknown type', 'unsupported', 12, 0xff],
  ['status', 'unsupported', 16, 1],
  ['first reserved field', 'malformed', 20, 1],
  ['last reserved byte', 'malformed', 31, Uint8Array.of(1)],
  ['data size', 'malformed', 1216, 20],
  ['data size of four gigabytes', 'malformed', 1216, 0xffff_ffff],
  ['data version 2, which has more in its header', 'unsupported', 1220, 2],
  ['no report type', 'unsupported', 1224, 0],
  ['report of VBS', 'unsupported', 1224, 1],
  ['no report, of Trusted Launch', 'unsupported', 1224, 3],
  ['report of CCA', 'unsupported', 1224, 5],
  ['no hash', 'unsupported', 1228, 0],
  ['SHA-384', 'unsupported', 1228, 2],
  ['SHA-512', 'unsupported', 1228, 3],
  ['no runtime data', 'malformed', 1232, 0],
  ['runtime data over its end', 'malformed', 1232, 1400],
  ['runtime data of four gigabytes', 'malformed', 1232, 0xffff_ffff],
  ['padding', 'malformed', 2599, Uint8Array.of(1)],
];

describe('an HCL report', () => {
  it('is read as it stands', () => {
    const report = parseHclReport(snp);
    expect(report).toMatchObject({ version: 2, requestType: 2, status: 0, reportType: 'SNP' });
    expect(report.hardwareReport).toEqual(filled(1184));
    expect(report.reportSize + report.padding).toBe(2600);
    expect(new TextDecoder().decode(report.runtimeData)).toMatch(/^\{.*\}$/);
    expect(parseHclReport(tdx).hardwareReport).toEqual(filled(1024));
  });

  it('need not be padded', () => {
    const report = parseHclReport(snp);
    expect(parseHclReport(snp.slice(0, report.reportSize))).toEqual({ ...report, padding: 0 });
  });

  it.each(REFUSED)('S09 with %s is refused as %s', (_what, code, offset, value) => {
    expect(refusal(patched(snp, offset, value))).toMatchObject({ code, outcome: 'input' });
  });

  it('S09 with bytes behind a TDREPORT in its slot is refused', () => {
    for (const offset of [32 + 1024, 32 + 1183]) {
      expect(refusal(patched(tdx, offset, Uint8Array.of(1))).code).toBe('malformed');
    }
  });

  it('S09 over 8 KiB is refused unread', () => {
    const padded = (length: number) => concat(snp, new Uint8Array(length - snp.length));
    expect(parseHclReport(padded(8192)).runtimeData).toEqual(parseHclReport(snp).runtimeData);
    expect(refusal(padded(8193))).toMatchObject({ code: 'too-large', got: 8193, want: 8192 });
  });

  it('S09 is refused truncated at every byte of its structure', () => {
    const { reportSize } = parseHclReport(snp);
    for (const cut of truncations(snp.slice(0, reportSize))) expect(refusal(cut).outcome).toBe('input');
  });

  it('S09 with any bit changed is refused, or is another value with these very bytes', () => {
    for (const flipped of bitFlips(snp)) expectCanonical(flipped);
  });

  it('S09 mutated at random gives coded refusals only', { timeout: 10_000 }, () => {
    for (const mutated of mutations(tdx, 2600, 2_000)) expectCanonical(mutated);
  });

  it('of any content is read as it was written', () => {
    const content = fc.record({
      version: fc.constantFrom(1, 2),
      runtimeData: fc.uint8Array({ maxLength: 2000 }).map((bytes) => new Uint8Array(bytes)),
      padding: fc.nat(1000),
      reportType: fc.constantFrom('SNP' as const, 'TDX' as const),
    });
    fc.assert(
      fc.property(content, (fields) => {
        const report: HclReport = {
          ...fields,
          reportSize: 1236 + fields.runtimeData.length,
          requestType: 2,
          status: 0,
          hardwareReport: filled(fields.reportType === 'SNP' ? 1184 : 1024),
          dataSize: 20 + fields.runtimeData.length,
          dataVersion: 1,
          hashType: 'SHA256',
        };
        expect(parseHclReport(encodeHclReport(report))).toEqual(report);
      }),
    );
  });
});

function expectCanonical(bytes: Bytes): void {
  let report: HclReport;
  try {
    report = parseHclReport(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(TpmFormatError);
    return;
  }
  expect(encodeHclReport(report)).toEqual(bytes);
}
