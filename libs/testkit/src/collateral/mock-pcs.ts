import { toHex } from '@asterism/bytes';
import { toPem } from '@asterism/x509';
import type { MintedTdxMachine, TdxCollateralOptions } from '../tdx/tdx-machine.ts';
import type { MockVendor } from './mock-vendor.ts';

/** Where Intel's service has what a TDX quote needs (Intel SGX and TDX PCS API v4), and where a PCCS has the root's list. */
export function intelPaths(machine: Pick<MintedTdxMachine, 'fields'>, update = 'standard') {
  return {
    tcbInfo: `/tdx/certification/v4/tcb?fmspc=${toHex(machine.fields.fmspc)}&update=${update}`,
    qeIdentity: `/tdx/certification/v4/qe/identity?update=${update}`,
    platformCrl: '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
    processorCrl: '/sgx/certification/v4/pckcrl?ca=processor&encoding=der',
    rootCrl: '/sgx/certification/v4/rootcacrl',
    rootCrlFile: '/IntelSGXRootCA.der',
  };
}

/** Publishes all that one platform's quotes need, fresh unless the options say otherwise. */
export async function publishIntel(
  vendor: MockVendor,
  machine: MintedTdxMachine,
  options: TdxCollateralOptions = {},
): Promise<void> {
  const paths = intelPaths(machine);
  const answers = await machine.answers(options);
  const { tcbInfo, qeIdentity, rootCaCrl } = answers;
  if (tcbInfo === undefined || qeIdentity === undefined || rootCaCrl === undefined) return;
  vendor.publish(paths.tcbInfo, {
    body: tcbInfo.body,
    headers: { 'TCB-Info-Issuer-Chain': tcbInfo.issuerChain ?? '' },
  });
  vendor.publish(paths.qeIdentity, {
    body: qeIdentity.body,
    headers: { 'SGX-Enclave-Identity-Issuer-Chain': qeIdentity.issuerChain ?? '' },
  });
  for (const ca of ['platform', 'processor'] as const) {
    const { pckCrl } = await machine.answers({ ...options, pckCrlOf: ca });
    const { pckCas, root } = machine.pki;
    const chain = toPem(pckCas[ca].certificate.der) + toPem(root.certificate.der);
    vendor.publish(paths[`${ca}Crl`], {
      body: pckCrl ?? new Uint8Array(),
      headers: { 'SGX-PCK-CRL-Issuer-Chain': encodeURIComponent(chain) },
    });
  }
  vendor.publish(paths.rootCrlFile, { body: rootCaCrl });
  // A PCCS has it in hexadecimal.
  vendor.publish(paths.rootCrl, { body: toHex(rootCaCrl) });
}
