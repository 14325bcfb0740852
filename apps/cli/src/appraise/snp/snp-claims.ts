import { sha256, toHex } from '@asterism/bytes';
import { encodeReport, type SnpReport, type TcbVersion } from '@asterism/snp';
import { spkiSha256, type Certificate } from '@asterism/x509';
import { toSecondsText, toSerialText } from '../claim-text.ts';
import { fieldsOf } from './snp-certificates.ts';

/** Every field of a report under the names of the contract. `product` is null where nothing says it. */
export function toSnpClaims(report: SnpReport): Record<string, unknown> {
  const { policy, platformInfo, cpuid, mitigations } = report;
  const platformInfoFlags = Object.fromEntries(
    Object.entries(platformInfo).filter(([name]) => name !== 'undocumentedBit6'),
  );
  const view = new DataView(encodeReport(report).buffer);
  return {
    version: report.version,
    guestSvn: report.guestSvn,
    policy: toNumberText(view.getBigUint64(0x08, true)),
    familyId: toHex(report.familyId),
    imageId: toHex(report.imageId),
    vmpl: report.vmpl,
    signatureAlgo: view.getUint32(0x34, true),
    platformInfo: toNumberText(view.getBigUint64(0x40, true)),
    authorKeyEn: Number(report.authorKeyEn),
    maskChipKey: Number(report.maskChipKey),
    signingKey: report.signingKey,
    reportData: toHex(report.reportData),
    measurement: toHex(report.measurement),
    hostData: toHex(report.hostData),
    idKeyDigest: toHex(report.idKeyDigest),
    authorKeyDigest: toHex(report.authorKeyDigest),
    reportId: toHex(report.reportId),
    reportIdMa: toHex(report.reportIdMa),
    chipId: toHex(report.chipId),
    policyFlags: policy,
    platformInfoFlags,
    ...(cpuid === undefined ? {} : { cpuid }),
    product: report.product ?? null,
    currentTcb: toTcbClaim(report.currentTcb),
    reportedTcb: toTcbClaim(report.reportedTcb),
    committedTcb: toTcbClaim(report.committedTcb),
    launchTcb: toTcbClaim(report.launchTcb),
    currentVersion: toVersionText(report.currentVersion),
    committedVersion: toVersionText(report.committedVersion),
    ...(mitigations === undefined
      ? {}
      : {
          launchMitVector: toNumberText(mitigations.launch),
          currentMitVector: toNumberText(mitigations.current),
        }),
  };
}

/** The endorsement certificate; null where its fields cannot be read, which is for the verification to tell. */
export async function toEndorsementClaim(certificate: Certificate): Promise<Record<string, unknown> | null> {
  const fields = fieldsOf(certificate);
  if (fields === null) return null;
  const { kind, product, productName, tcb, hwId, cspId } = fields;
  return {
    type: kind,
    extensions: {
      structVersion: product === 'Turin' ? 1 : 0,
      productName,
      ...(tcb.fmc === undefined ? {} : { fmcSPL: tcb.fmc }),
      blSPL: tcb.bootloader,
      teeSPL: tcb.tee,
      ...spareParts(certificate),
      snpSPL: tcb.snp,
      ucodeSPL: tcb.microcode,
      ...(hwId === undefined ? {} : { hwID: toHex(hwId), hwIDRawDerLen: hwId.length }),
      ...(cspId === undefined ? {} : { cspID: cspId }),
    },
    notBefore: toSecondsText(certificate.notBefore),
    notAfter: toSecondsText(certificate.notAfter),
    sha256: toHex(await sha256(certificate.der)),
    spkiSha256: await spkiSha256(certificate),
    serial: toSerialText(certificate.serial),
  };
}

/** Parts of the TCB that no product uses: `parseEndorsementFields` takes nothing but zero for those that are there. */
function spareParts({ extensions }: Certificate): Record<string, number> {
  const present = [4, 5, 6, 7].filter((part) =>
    extensions.some(({ oid }) => oid === `1.3.6.1.4.1.3704.1.3.${part}`),
  );
  return Object.fromEntries(present.map((part) => [`spl${part}`, 0]));
}

function toTcbClaim({ fmc, bootloader, tee, snp, microcode }: TcbVersion): Record<string, unknown> {
  const milan = fmc === undefined;
  const bytes = milan
    ? [bootloader, tee, 0, 0, 0, 0, snp, microcode]
    : [fmc, bootloader, tee, snp, 0, 0, 0, microcode];
  const raw = toHex(Uint8Array.from(bytes));
  return { raw, ...(milan ? {} : { fmc }), bootloader, tee, snp, microcode };
}

function toVersionText({ major, minor, build }: SnpReport['currentVersion']): string {
  return `${major}.${minor}.${build}`;
}

function toNumberText(value: bigint): string {
  return `0x${value.toString(16)}`;
}
