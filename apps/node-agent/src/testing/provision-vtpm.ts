import type { Bytes } from '@asterism/bytes';
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  mintChain,
  mintHclReport,
  type MintedChain,
  type MintedSnpMachine,
} from '@asterism/testkit';
import {
  createAk,
  decodePublic,
  defineNv,
  encodePublic,
  loadAk,
  NV_ATTRIBUTE,
  Tpm,
  toSpki,
  undefineNv,
  writeNv,
  type LoadedKey,
  type RsaPublic,
  type TpmTransport,
} from '@asterism/tpm';
import { derSequence, derUnsignedInteger, derUtf8String, EKU, type Extension } from '@asterism/x509';
import type { StatedVariant } from '../machine/open-devices.ts';

/** Where REPORTDATA is in a TDREPORT (Intel TDX Module ABI, REPORTMACSTRUCT). */
export const TD_REPORT_DATA = 128;

const AZURE = { ak: 0x8100_0003, hclReport: 0x0140_0001, akCertificate: 0x01c1_01d0 } as const;
const GOOGLE = { template: 0x01c1_0003, akCertificate: 0x01c1_0002 } as const;

export interface ProvisionedVtpm {
  /** Of the attestation key, where the cloud certifies one. */
  readonly chain: MintedChain | null;
  /** Takes everything away again, so that the TPM can serve another cloud. */
  readonly clear: () => Promise<void>;
}

/** Leaves in a TPM what the cloud of the variant leaves there before any agent runs. */
export async function provisionVtpm(
  variant: StatedVariant,
  transport: TpmTransport,
  snp: MintedSnpMachine,
): Promise<ProvisionedVtpm> {
  const tpm = new Tpm(transport);
  const indices: number[] = [];
  const load = async (index: number, contents: Uint8Array) => {
    const attributes = NV_ATTRIBUTE.ownerRead | NV_ATTRIBUTE.ownerWrite;
    await defineNv(tpm, { index, size: contents.length, attributes });
    indices.push(index);
    await writeNv(tpm, index, contents);
  };
  let chain: MintedChain | null = null;
  let persistent: LoadedKey | null = null;
  if (variant.startsWith('azure-')) {
    persistent = await persistAzureAk(tpm);
    if (variant === 'azure-trusted-launch') {
      chain = await certify(persistent, [keyUsage(0), extendedKeyUsage(EKU.tcgAikCertificate)]);
      await load(AZURE.akCertificate, chain.leaf.der);
    } else {
      await load(AZURE.hclReport, await hclReport(variant === 'azure-tdx' ? 'TDX' : 'SNP', persistent, snp));
    }
  }
  if (variant.startsWith('gcp-')) {
    const area = decodePublic((await createAk(tpm, { type: 'ecc' })).public);
    if (area.type !== 'ecc') throw new Error(area.type);
    const template = { ...area, x: new Uint8Array(), y: new Uint8Array() };
    await load(GOOGLE.template, encodePublic(template));
    const ak = await tpm.createPrimary('endorsement', template);
    await tpm.flush(ak);
    chain = await certify(ak, [keyUsage(0), INSTANCE_INFO]);
    await load(GOOGLE.akCertificate, chain.leaf.der);
  }
  const clear = async () => {
    for (const index of indices) await undefineNv(tpm, index);
    if (persistent !== null) await tpm.evictControl(persistent, AZURE.ak);
  };
  return { chain, clear };
}

async function persistAzureAk(tpm: Tpm): Promise<LoadedKey> {
  const ak = await loadAk(tpm, await createAk(tpm, { type: 'rsa' }));
  await tpm.evictControl(ak, AZURE.ak);
  await tpm.flush(ak);
  return tpm.readPublic(AZURE.ak);
}

function hclReport(reportType: 'SNP' | 'TDX', ak: LoadedKey, snp: MintedSnpMachine): Promise<Bytes> {
  const tdReport = (reportData: Bytes) => {
    const report = new Uint8Array(1024);
    report.set(reportData, TD_REPORT_DATA);
    return report;
  };
  return mintHclReport({
    reportType,
    ak: ak.public as RsaPublic,
    hardwareReport: (reportData) => (reportType === 'SNP' ? snp.report(reportData) : tdReport(reportData)),
  });
}

/** The instance that Google names in the certificate (google/go-tpm-tools, `server/instance_info.go`). */
const INSTANCE_INFO: Extension = {
  oid: '1.3.6.1.4.1.11129.2.1.21',
  critical: false,
  value: derSequence(
    derUtf8String('europe-west3-a'),
    derUnsignedInteger(4711),
    derUtf8String('project'),
    derUnsignedInteger(815),
    derUtf8String('node-1'),
  ),
};

function certify(ak: LoadedKey, extensions: readonly Extension[]): Promise<MintedChain> {
  return mintChain({
    leaf: () => ({ spki: toSpki(ak.public) }),
    leafExtensions: [basicConstraints(false), ...extensions],
  });
}
