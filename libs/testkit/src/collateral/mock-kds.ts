import { toHex } from '@asterism/bytes';
import { toPem, type Crl } from '@asterism/x509';
import type { MintedSnpMachine } from '../snp/snp-machine.ts';
import type { MintedSnpPki } from '../snp/snp-pki.ts';
import type { MockVendor } from './mock-vendor.ts';

/** Publishes an issuer's chains and lists where AMD's Key Distribution Service has them. */
export async function publishAmd(vendor: MockVendor, pki: MintedSnpPki, crl?: Crl): Promise<void> {
  const { product, ark, ask, asvk } = pki;
  const list = crl ?? (await pki.crl());
  for (const [folder, issuer] of [
    ['vcek', ask],
    ['vlek', asvk],
  ] as const) {
    const chain = toPem(issuer.certificate.der) + toPem(ark.certificate.der);
    vendor.publish(`/${folder}/v1/${product}/cert_chain`, { body: chain });
    vendor.publish(`/${folder}/v1/${product}/crl`, { body: list.der });
  }
}

/** Publishes the certificate of one chip at its version. */
export function publishChip(vendor: MockVendor, machine: MintedSnpMachine): void {
  vendor.publish(chipPath(machine), { body: machine.leaf.der });
}

/** Where the service has it (AMD 57230 rev. 1.00 §4). */
export function chipPath({ product, hwId, tcb }: Pick<MintedSnpMachine, 'product' | 'hwId' | 'tcb'>): string {
  const { fmc, bootloader, tee, snp, microcode } = tcb;
  const first = fmc === undefined ? '' : `fmcSPL=${fmc}&`;
  const query = `${first}blSPL=${bootloader}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${microcode}`;
  return `/vcek/v1/${product}/${toHex(hwId)}?${query}`;
}
