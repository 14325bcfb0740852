import { Reader } from '@asterism/bytes';
import { asSnpInputError, SnpInputError } from '../errors.ts';
import { readGuestPolicy } from './guest-policy.ts';
import { readPlatformInfo } from './platform-info.ts';
import { productOfCpuid, type Cpuid } from './product.ts';
import {
  ECDSA_P384_SHA384,
  REPORT_BYTES,
  SIGNATURE_NUMBER_BYTES,
  SIGNATURE_RESERVED_BYTES,
  SIGNING_KEYS,
  type FirmwareVersion,
  type ReportVersion,
  type SnpReport,
} from './report.ts';
import { readTcbVersion } from './tcb-version.ts';

const VERSIONS: readonly number[] = [2, 3, 4, 5] satisfies readonly ReportVersion[];
/** The layout of the TCB before it depends on CPUID, which stands far behind the first one. */
const CPUID_OFFSET = 0x188;

/**
 * Reads an attestation report of 1184 bytes, little-endian. Reserved bytes and bits must be zero.
 * @throws SnpInputError `report-malformed`, `version-unsupported`, `product-unknown`
 */
export function parseReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== REPORT_BYTES) {
    throw new SnpInputError('report-malformed', 'report has a wrong length', {
      got: bytes.length,
      want: REPORT_BYTES,
    });
  }
  return asSnpInputError('report-malformed', () => readReport(bytes));
}

function readReport(bytes: Uint8Array): SnpReport {
  const reader = new Reader(bytes, 'little');
  const version = readVersion(reader);
  const cpuid = version === 2 ? undefined : readCpuid(bytes);
  const product = cpuid === undefined ? undefined : productOfCpuid(cpuid);
  // Version 2 does not say the product. No Turin is known to make one; its TCB would be refused as malformed or differ
  // from its certificate's.
  const tcb = (field: string) => readTcbVersion(reader, product === 'Turin' ? 'turin' : 'milan', field);

  const guestSvn = reader.u32();
  const policy = readGuestPolicy(reader.u64());
  const familyId = reader.bytes(16);
  const imageId = reader.bytes(16);
  const vmpl = reader.u32();
  const algorithm = reader.u32();
  const currentTcb = tcb('current_tcb');
  const platformInfo = readPlatformInfo(reader.u64());
  const flags = readKeyFlags(reader.u32());
  const signed = flags.signingKey !== 'none';
  if (algorithm !== (signed ? ECDSA_P384_SHA384 : 0)) {
    throw new SnpInputError('report-malformed', 'signature algorithm is unknown', { got: algorithm });
  }
  reader.zeros(4, 'at 0x4c');
  const front = {
    version,
    guestSvn,
    policy,
    familyId,
    imageId,
    vmpl,
    currentTcb,
    platformInfo,
    ...flags,
    reportData: reader.bytes(64),
    measurement: reader.bytes(48),
    hostData: reader.bytes(32),
    idKeyDigest: reader.bytes(48),
    authorKeyDigest: reader.bytes(48),
    reportId: reader.bytes(32),
    reportIdMa: reader.bytes(32),
    reportedTcb: tcb('reported_tcb'),
    cpuid,
    product,
  };
  if (cpuid !== undefined) reader.bytes(3);
  reader.zeros(cpuid === undefined ? 24 : 21, 'at 0x188');
  const report = {
    ...front,
    chipId: reader.bytes(64),
    committedTcb: tcb('committed_tcb'),
    currentVersion: readFirmwareVersion(reader),
    committedVersion: readFirmwareVersion(reader),
    launchTcb: tcb('launch_tcb'),
    mitigations: version === 5 ? { launch: reader.u64(), current: reader.u64() } : undefined,
  };
  reader.zeros(version === 5 ? 152 : 168, 'before the signature');
  const signature = {
    r: reader.bytes(SIGNATURE_NUMBER_BYTES),
    s: reader.bytes(SIGNATURE_NUMBER_BYTES),
  };
  reader.zeros(SIGNATURE_RESERVED_BYTES, 'behind the signature');
  reader.expectEnd();
  return { ...report, signature };
}

function readVersion(reader: Reader): ReportVersion {
  const version = reader.u32();
  if (!VERSIONS.includes(version)) {
    throw new SnpInputError('version-unsupported', 'report version is unknown', {
      got: version,
      want: VERSIONS,
    });
  }
  return version as ReportVersion;
}

function readCpuid(bytes: Uint8Array): Cpuid {
  const reader = new Reader(bytes.subarray(CPUID_OFFSET), 'little');
  return { family: reader.u8(), model: reader.u8(), stepping: reader.u8() };
}

/** AUTHOR_KEY_EN bit 0, MASK_CHIP_KEY bit 1, SIGNING_KEY bits 4:2. */
function readKeyFlags(flags: number): Pick<SnpReport, 'authorKeyEn' | 'maskChipKey' | 'signingKey'> {
  const names = Object.keys(SIGNING_KEYS) as SnpReport['signingKey'][];
  const signingKey = names.find((name) => SIGNING_KEYS[name] === flags >>> 2);
  if (signingKey === undefined) {
    throw new SnpInputError('report-malformed', 'signing key is unknown or reserved bits are set', {
      got: flags,
    });
  }
  return { authorKeyEn: (flags & 1) !== 0, maskChipKey: (flags & 2) !== 0, signingKey };
}

function readFirmwareVersion(reader: Reader): FirmwareVersion {
  const build = reader.u8();
  const minor = reader.u8();
  const major = reader.u8();
  reader.zeros(1, 'of a firmware version');
  return { major, minor, build };
}
