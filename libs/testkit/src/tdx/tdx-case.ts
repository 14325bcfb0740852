import { verifyTdxQuote, type VerifiedTdxQuote } from '@asterism/tdx';
import type { QeIdentityJson, TcbInfoJson } from './tdx-documents.ts';
import type { MintedTdxMachine } from './tdx-machine.ts';
import type { TdxQuoteOptions } from './tdx-quote.ts';

/** A quote and the documents that judge it, each changed before it is signed. */
export interface TdxCase {
  readonly quote?: TdxQuoteOptions;
  readonly tcbInfo?: (info: TcbInfoJson) => void;
  readonly qeIdentity?: (identity: QeIdentityJson) => void;
}

/** What the verification makes of the case on this machine. @throws what `verifyTdxQuote` throws */
export async function verifyTdxCase(
  machine: MintedTdxMachine,
  { quote, tcbInfo, qeIdentity }: TdxCase,
): Promise<VerifiedTdxQuote> {
  const { anchors, at } = machine;
  const collateral = await machine.collateral({ tcbInfo: changed(tcbInfo), qeIdentity: changed(qeIdentity) });
  return verifyTdxQuote({ quote: await machine.quote(new Uint8Array(), quote), anchors, at, collateral });
}

/** TEE_TCB_SVN of a module: its SVN, major version, and the SVN of the SEAM loader. */
export function teeTcbSvn(svn: number, version: number, loader = 8): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(svn, version, loader, ...new Uint8Array(13));
}

function changed<Json>(change: ((json: Json) => void) | undefined): (json: Json) => Json {
  return (json) => {
    change?.(json);
    return json;
  };
}
