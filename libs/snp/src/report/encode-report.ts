import { Writer, type Bytes } from '@asterism/bytes';
import { writeGuestPolicy } from './guest-policy.ts';
import { writePlatformInfo } from './platform-info.ts';
import {
  ECDSA_P384_SHA384,
  SIGNATURE_RESERVED_BYTES,
  SIGNING_KEYS,
  type FirmwareVersion,
  type SnpReport,
} from './report.ts';
import { writeTcbVersion } from './tcb-version.ts';

/** Counterpart of `parseReport`: the same bytes for what it read. @throws BytesError `out-of-range` */
export function encodeReport(report: SnpReport): Bytes {
  const writer = new Writer('little');
  const { signingKey, cpuid, mitigations, signature } = report;
  writer.u32(report.version).u32(report.guestSvn).u64(writeGuestPolicy(report.policy));
  writer.bytes(report.familyId).bytes(report.imageId).u32(report.vmpl);
  writer.u32(signingKey === 'none' ? 0 : ECDSA_P384_SHA384);
  writeTcbVersion(writer, report.currentTcb);
  writer.u64(writePlatformInfo(report.platformInfo));
  writer.u32(
    Number(report.authorKeyEn) | (Number(report.maskChipKey) << 1) | (SIGNING_KEYS[signingKey] << 2),
  );
  writer.zeros(4).bytes(report.reportData).bytes(report.measurement).bytes(report.hostData);
  writer.bytes(report.idKeyDigest).bytes(report.authorKeyDigest);
  writer.bytes(report.reportId).bytes(report.reportIdMa);
  writeTcbVersion(writer, report.reportedTcb);
  if (cpuid === undefined) writer.zeros(24);
  else writer.u8(cpuid.family).u8(cpuid.model).u8(cpuid.stepping).zeros(21);
  writer.bytes(report.chipId);
  writeTcbVersion(writer, report.committedTcb);
  writeFirmwareVersion(writer, report.currentVersion);
  writeFirmwareVersion(writer, report.committedVersion);
  writeTcbVersion(writer, report.launchTcb);
  if (mitigations === undefined) writer.zeros(168);
  else writer.u64(mitigations.launch).u64(mitigations.current).zeros(152);
  writer.bytes(signature.r).bytes(signature.s).zeros(SIGNATURE_RESERVED_BYTES);
  return writer.finish();
}

function writeFirmwareVersion(writer: Writer, { major, minor, build }: FirmwareVersion): void {
  writer.u8(build).u8(minor).u8(major).zeros(1);
}
