import { toHex } from '@asterism/bytes';
import { LOCK_PCR } from '@asterism/contracts';
import { parseReport } from '@asterism/snp';
import { decodeAttest, quote } from '@asterism/tpm';
import { asFormatError } from '../format.ts';
import type { MachineDevices, QuotingDevice } from './devices.ts';
import { CollectError } from './errors.ts';

/** Bound to nothing: only read by its own machine. */
const NOTHING = new Uint8Array(64);

/**
 * The boot identity that verified evidence of this machine shows (protocol §6): `reset.restart` of a quote, REPORT_ID of
 * an SEV-SNP report. Null where the evidence tells no boot from another.
 * @throws CollectError, and what the devices throw
 */
export async function readOwnBoot(devices: MachineDevices): Promise<string | null> {
  if ('ak' in devices) return readQuotedBoot(devices);
  if (devices.variant !== 'sev-snp') return null;
  const { report } = await devices.report(NOTHING);
  return toHex(asFormatError('report', () => parseReport(report)).reportId);
}

async function readQuotedBoot({ tpm, ak }: QuotingDevice): Promise<string> {
  const allocated = (await tpm.listPcrBanks()).map(({ bank }) => bank);
  const bank = (['sha256', 'sha384'] as const).find((one) => allocated.includes(one));
  if (bank === undefined) {
    throw new CollectError('request-unfit', 'the TPM has no bank that can be quoted', { got: allocated });
  }
  const quoted = await quote(tpm, ak, NOTHING.subarray(0, 32), { bank, pcrs: [LOCK_PCR] });
  const { resetCount, restartCount } = decodeAttest(quoted.quote).clockInfo;
  return `${resetCount}.${restartCount}`;
}
