import { toBase64url, type Bytes } from '@asterism/bytes';
import type { Evidence, EvidenceOf, EvidenceRequest, QuotedVariant, Variant } from '@asterism/contracts';
import { CERTIFICATE_GUID, parseCertificateTable } from '@asterism/snp';
import { parseHclReport, quote } from '@asterism/tpm';
import { asFormatError } from '../format.ts';
import { bindingReportData, boundKeyReportData, vouchedKeyReportData } from '../report-data.ts';
import type { MachineDevices, MachineDevicesOf, QuotingDevice, ReportingDevice } from './devices.ts';
import { CollectError } from './errors.ts';

export interface CollectOrder {
  /** Exactly this variant, and where it is quoted this bank and these PCRs. */
  readonly request: EvidenceRequest;
  /** 32 bytes. */
  readonly binding: Uint8Array;
}

type Parts<V extends Variant> = EvidenceOf<V>['parts'];
type Collector<V extends Variant> = (devices: MachineDevicesOf<V>, order: CollectOrder) => Promise<Parts<V>>;

/** By the binding rules of protocol §1.6. */
const COLLECTORS: { readonly [V in Variant]: Collector<V> } = {
  tpm: async (devices, order) => ({
    ...(await quoteParts(devices, order)),
    ...listPart('ekCertificates', devices.ekCertificates),
  }),
  'sev-snp': async (devices, { binding }) => reportParts(devices, bindingReportData(binding)),
  tdx: async (devices, { binding }) => {
    const { report } = await devices.report(bindingReportData(binding));
    return { quote: toBase64url(report), ...logPart(devices.eventLog) };
  },
  'azure-sev-snp': async (devices, order) => ({
    ...(await quoteParts(devices, order)),
    hclReport: toBase64url(devices.hclReport),
    ...listPart('certificates', devices.certificates),
  }),
  'azure-tdx': async (devices, order) => {
    const { hardwareReport } = asFormatError('hclReport', () => parseHclReport(devices.hclReport));
    return {
      ...(await quoteParts(devices, order)),
      hclReport: toBase64url(devices.hclReport),
      tdQuote: toBase64url(await devices.quoteTd(hardwareReport)),
    };
  },
  'azure-trusted-launch': (devices, order) => certifiedParts(devices, order),
  'gcp-sev-es': (devices, order) => certifiedParts(devices, order),
  'gcp-sev-snp': async (devices, order) => ({
    ...(await certifiedParts(devices, order)),
    ...(await reportParts(devices, await boundKeyReportData(order.binding, devices.ak.publicArea))),
  }),
  'aws-sev-snp': async (devices, order) => ({
    ...(await quoteParts(devices, order)),
    ...(await reportParts(devices, await vouchedKeyReportData(devices.ak.publicArea))),
  }),
  'aws-nitro-tpm': async (devices, { binding }) => ({
    document: toBase64url(await devices.document(binding)),
  }),
};

/**
 * The other end of `parseEvidence`: evidence of this machine over a binding.
 * @throws CollectError `request-unfit` where another variant is asked for than the machine has
 * @throws what the devices throw
 */
export async function collectEvidence<V extends Variant>(
  devices: MachineDevicesOf<V>,
  order: CollectOrder,
): Promise<EvidenceOf<V>>;
export async function collectEvidence(devices: MachineDevices, order: CollectOrder): Promise<Evidence>;
export async function collectEvidence(devices: MachineDevices, order: CollectOrder): Promise<Evidence> {
  const { variant } = devices;
  if (order.request.variant !== variant) {
    throw new CollectError('request-unfit', 'the machine has no evidence of this variant', {
      got: order.request.variant,
      want: variant,
    });
  }
  // The table has a collector for the devices of each variant, which the compiler cannot tell from the name.
  const collect = COLLECTORS[variant] as (devices: MachineDevices, order: CollectOrder) => Promise<unknown>;
  return { variant, format: 'asterism/evidence/v1', parts: await collect(devices, order) } as Evidence;
}

async function quoteParts({ tpm, ak, eventLog }: QuotingDevice, { request, binding }: CollectOrder) {
  if (!('bank' in request)) throw new CollectError('request-unfit', 'no PCRs to quote', { want: 'PCRs' });
  const { bank, pcrs } = request;
  const quoted = await quote(tpm, ak, binding, { bank, pcrs });
  return {
    quote: toBase64url(quoted.quote),
    signature: toBase64url(quoted.signature),
    akPublic: toBase64url(ak.publicArea),
    pcrs: Object.fromEntries([...quoted.pcrs].map(([pcr, value]) => [String(pcr), toBase64url(value)])),
    ...logPart(eventLog),
  };
}

async function certifiedParts(
  devices: MachineDevicesOf<'azure-trusted-launch' | 'gcp-sev-es' | 'gcp-sev-snp'>,
  order: CollectOrder,
) {
  return {
    ...(await quoteParts(devices, order)),
    akCertificates: devices.akCertificates.map(toBase64url),
  } satisfies Partial<Parts<QuotedVariant>>;
}

async function reportParts(device: ReportingDevice, reportData: Bytes) {
  const { report, auxiliary } = await device.report(reportData);
  return { report: toBase64url(report), ...listPart('certificates', certificatesOf(auxiliary)) };
}

/** GUIDs of the table whose data is a certificate. Lists are for the verifier to fetch: a host could keep a new one back. */
const CERTIFICATES: readonly string[] = [
  CERTIFICATE_GUID.vcek,
  CERTIFICATE_GUID.vlek,
  CERTIFICATE_GUID.ask,
  CERTIFICATE_GUID.ark,
];

function certificatesOf(table: Bytes | null): readonly Bytes[] {
  if (table === null) return [];
  return asFormatError('certificates', () => parseCertificateTable(table))
    .filter(({ guid, data }) => CERTIFICATES.includes(guid) && data.length > 0)
    .map(({ data }) => data);
}

function logPart(eventLog: Uint8Array | null): { eventLog?: string } {
  return eventLog === null ? {} : { eventLog: toBase64url(eventLog) };
}

function listPart<Name extends string>(
  name: Name,
  list: readonly Uint8Array[],
): Partial<Record<Name, string[]>> {
  return list.length === 0 ? {} : ({ [name]: list.map(toBase64url) } as Record<Name, string[]>);
}
