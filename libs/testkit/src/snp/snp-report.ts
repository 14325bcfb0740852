import { concat, type Bytes } from '@asterism/bytes';
import {
  encodeReport,
  type Cpuid,
  type FirmwareVersion,
  type ReportVersion,
  type SnpProduct,
  type SnpReport,
  type TcbVersion,
} from '@asterism/snp';
import { ecdsaDerToRaw } from '@asterism/x509';
import type { MintKey } from '../x509/mint-key.ts';

/** Bytes from the start that the signature covers. */
const SIGNED_BYTES = 0x2a0;
const UNSIGNED = { r: new Uint8Array(72), s: new Uint8Array(72) };

const CPUIDS: Readonly<Record<SnpProduct, Cpuid>> = {
  Milan: { family: 0x19, model: 0x01, stepping: 1 },
  Genoa: { family: 0x19, model: 0x11, stepping: 1 },
  Turin: { family: 0x1a, model: 0x02, stepping: 1 },
};

/** A firmware that makes reports of the version. */
const FIRMWARE: Readonly<Record<ReportVersion, FirmwareVersion>> = {
  2: { major: 1, minor: 55, build: 21 },
  3: { major: 1, minor: 55, build: 39 },
  4: { major: 1, minor: 57, build: 3 },
  5: { major: 1, minor: 58, build: 1 },
};

/** TCB of a machine that nothing is said of. */
export const MINT_TCB: Readonly<Record<SnpProduct, TcbVersion>> = {
  Milan: { fmc: undefined, bootloader: 4, tee: 1, snp: 24, microcode: 219 },
  Genoa: { fmc: undefined, bootloader: 10, tee: 2, snp: 25, microcode: 84 },
  Turin: { fmc: 1, bootloader: 2, tee: 1, snp: 4, microcode: 75 },
};

export interface ReportOrigin {
  readonly product: SnpProduct;
  readonly version: ReportVersion;
  readonly signingKey: SnpReport['signingKey'];
  readonly tcb: TcbVersion;
  /** 64 bytes. */
  readonly chipId: Bytes;
  /** 32 bytes: of the guest's boot. */
  readonly reportId: Bytes;
}

/** What a guest without debugging reports from VMPL 0, before it is signed. */
export function reportContent(origin: ReportOrigin, reportData: Uint8Array): SnpReport {
  const { product, version, signingKey, tcb, chipId, reportId } = origin;
  const isOld = version === 2;
  return {
    version,
    guestSvn: 0,
    policy: {
      abiMajor: 0,
      abiMinor: 0,
      smt: true,
      migrateMa: false,
      debug: false,
      singleSocket: false,
      cxlAllow: false,
      memAes256Xts: false,
      raplDis: false,
      ciphertextHiding: false,
      pageSwapDisable: false,
    },
    familyId: new Uint8Array(16),
    imageId: new Uint8Array(16),
    vmpl: 0,
    currentTcb: tcb,
    platformInfo: {
      smtEn: true,
      tsmeEn: false,
      eccEn: false,
      raplDis: false,
      ciphertextHidingEn: false,
      aliasCheckComplete: !isOld,
      undocumentedBit6: false,
      tioEn: false,
    },
    authorKeyEn: false,
    maskChipKey: false,
    signingKey,
    reportData: concat(reportData, new Uint8Array(64 - reportData.length)),
    measurement: new Uint8Array(48).fill(0x4d),
    hostData: new Uint8Array(32),
    idKeyDigest: new Uint8Array(48),
    authorKeyDigest: new Uint8Array(48),
    reportId,
    reportIdMa: new Uint8Array(32).fill(0xff),
    reportedTcb: tcb,
    cpuid: isOld ? undefined : CPUIDS[product],
    product: isOld ? undefined : product,
    chipId,
    committedTcb: tcb,
    currentVersion: FIRMWARE[version],
    committedVersion: FIRMWARE[version],
    launchTcb: tcb,
    mitigations: version === 5 ? { launch: 0n, current: 0n } : undefined,
    signature: UNSIGNED,
  };
}

export function encodeUnsigned(report: SnpReport): Bytes {
  return encodeReport(report).slice(0, SIGNED_BYTES);
}

/** Puts a signature behind the signed part: two numbers of 72 bytes, the least significant first. */
export async function signReport(signed: Uint8Array, key: MintKey): Promise<Bytes> {
  const raw = ecdsaDerToRaw(await key.sign(signed), 'P-384');
  const r = raw.slice(0, 48).reverse();
  const s = raw.slice(48).reverse();
  return concat(signed, r, new Uint8Array(24), s, new Uint8Array(24 + 368));
}
