import { equalBytes, isZero, toHex } from '@asterism/bytes';
import type { QeIdentity } from '../collateral/qe-identity.ts';
import type { TcbInfo, TdxModuleIdentity } from '../collateral/tcb-info.ts';
import { TdxNotGenuineError } from '../errors.ts';
import type { EnclaveReport } from '../quote/enclave-report.ts';
import type { TdReport } from '../quote/td-report.ts';
import type { PckExtensions } from './pck-extensions.ts';

/** The TCB info is of the platform's kind. @throws TdxNotGenuineError `tcb-info-mismatch` */
export function matchPlatform(pck: PckExtensions, info: TcbInfo): void {
  if (equalBytes(pck.fmspc, info.fmspc) && equalBytes(pck.pceId, info.pceId)) return;
  throw new TdxNotGenuineError('tcb-info-mismatch', 'TCB info is of another platform', {
    got: { fmspc: toHex(info.fmspc), pceId: toHex(info.pceId) },
    want: { fmspc: toHex(pck.fmspc), pceId: toHex(pck.pceId) },
  });
}

/** The quoting enclave is the one of the identity. @throws TdxNotGenuineError `qe-identity-mismatch` */
export function matchQe(report: EnclaveReport, identity: QeIdentity): void {
  const isMatch =
    equalBytes(report.mrSigner, identity.mrSigner) &&
    report.isvProdId === identity.isvProdId &&
    equalMasked(report.miscSelect, identity.miscSelectMask, identity.miscSelect) &&
    equalMasked(report.attributes, identity.attributesMask, identity.attributes);
  if (isMatch) return;
  const shown = ({ mrSigner, isvProdId, miscSelect, attributes }: EnclaveReport | QeIdentity) => ({
    mrSigner: toHex(mrSigner),
    isvProdId,
    miscSelect: toHex(miscSelect),
    attributes: toHex(attributes),
  });
  throw new TdxNotGenuineError('qe-identity-mismatch', "quoting enclave is not the identity's", {
    got: shown(report),
    want: shown(identity),
  });
}

/**
 * The TDX module's identity in the TCB info, undefined for the modules of major version 0, which have none.
 * @throws TdxNotGenuineError `module-mismatch`
 */
export function matchModule(report: TdReport, info: TcbInfo): TdxModuleIdentity | undefined {
  const version = report.teeTcbSvn[1] ?? 0;
  const own = version === 0 ? undefined : moduleIdentity(info, version);
  if (version !== 0 && own === undefined) {
    throw new TdxNotGenuineError('module-mismatch', 'TCB info does not know the TDX module', {
      got: moduleIdOf(version),
    });
  }
  const want = own ?? info.module;
  const isMatch =
    equalBytes(report.mrSignerSeam, want.mrSigner) &&
    // Zero in every module that was released, whatever the document says (Quote Verification Library, 4.1.2.4.11.2).
    isZero(report.seamAttributes) &&
    equalMasked(report.seamAttributes, want.attributesMask, want.attributes);
  if (!isMatch) {
    throw new TdxNotGenuineError('module-mismatch', "TDX module is not Intel's", {
      got: { mrSigner: toHex(report.mrSignerSeam), attributes: toHex(report.seamAttributes) },
      want: { mrSigner: toHex(want.mrSigner), attributes: toHex(want.attributes) },
    });
  }
  return own;
}

/** By its major version. */
export function moduleIdentity(info: TcbInfo, version: number): TdxModuleIdentity | undefined {
  return info.moduleIdentities.find(({ id }) => id.toUpperCase() === moduleIdOf(version));
}

/** `TDX_` and the major version in two hexadecimal digits, in upper case. */
function moduleIdOf(version: number): string {
  return `TDX_${version.toString(16).padStart(2, '0').toUpperCase()}`;
}

/** `(value & mask) == want`, byte for byte; Intel's documents mask so. */
function equalMasked(value: Uint8Array, mask: Uint8Array, want: Uint8Array): boolean {
  return equalBytes(
    value.map((byte, i) => byte & (mask[i] ?? 0)),
    want,
  );
}
