import { flushLeftovers, Tpm } from '@asterism/tpm';
import { openTpm } from '@asterism/tpm-device';
import type { Closers } from './closers.ts';

/** The API's own TPM, shared by the seal and by the evidence it gives to nodes: it has one client at a time. */
export async function openOwnTpm(address: string | undefined, closers: Closers): Promise<Tpm | undefined> {
  if (address === undefined) return undefined;
  const tpm = new Tpm(await openTpm(address));
  closers.add('tpm', () => tpm.close());
  await flushLeftovers(tpm);
  return tpm;
}
