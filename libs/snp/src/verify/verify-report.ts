import { copyBytes } from '@asterism/bytes';
import { ChainUndecidedError, type Certificate } from '@asterism/x509';
import { parseEndorsementFields, type EndorsementFields } from '../certificates/endorsement-fields.ts';
import { SnpError, SnpInputError, type SnpFinding } from '../errors.ts';
import { parseReport } from '../report/parse-report.ts';
import {
  verifyEndorsementChain,
  type EndorsementChain,
  type EndorsementChainRequest,
} from './certificate-chain.ts';
import { matchEndorsement } from './endorsement-match.ts';
import { checkReportSignature } from './report-signature.ts';
import { makeVerifiedReport, type VerifiedSnpReport } from './verified-report.ts';

export interface ReportRequest extends EndorsementChainRequest {
  /** 1184 bytes. They are parsed here, so that what is read is what is signed (S05). */
  readonly report: Uint8Array;
}

/**
 * Proves that an AMD processor made a report: structure, signature, certificate chain to one of the roots, and the
 * certificate's fields against the report's. All that speaks against it is told at once.
 *
 * Not verified: anything the guest, host or policy chose (debug, measurement, report data, TCB floors). Without a
 * revocation list the result says `revocation-unchecked`.
 *
 * @throws SnpInputError when the report cannot be read, SnpError when it is not genuine, ChainUndecidedError when
 *   nothing speaks against it but a revocation list is stale, or required and missing; X509Error on a key that cannot
 *   be read and on arguments out of bounds.
 * @example
 * const verified = await verifyReport({ report, leaf: vcek, intermediates: [ask, ark], roots: AMD_ROOTS, at: now });
 */
export async function verifyReport(request: ReportRequest): Promise<VerifiedSnpReport> {
  const bytes = copyBytes(request.report);
  const report = parseReport(bytes);
  const fields = fieldsOf(request.leaf);
  const [signature, chain] = await Promise.all([
    checkReportSignature(bytes, report, request.leaf.spki),
    chainOf(request),
  ]);
  const findings: SnpFinding[] = [];
  if (signature !== undefined) findings.push(signature);
  if (chain instanceof SnpError) findings.push(...chain.findings);
  if (fields instanceof SnpInputError) findings.push(asFinding(fields));
  else {
    findings.push(...matchEndorsement(report, fields));
    if (isChain(chain)) findings.push(...matchChain(fields, chain));
  }
  const [first, ...rest] = findings;
  if (first !== undefined) throw new SnpError([first, ...rest]);
  if (!isChain(chain)) throw chain;
  if (fields instanceof SnpInputError) throw fields;
  return makeVerifiedReport({
    report,
    product: chain.product,
    endorsement: fields,
    chain: chain.chain,
    facts: chain.revocationChecked ? [] : ['revocation-unchecked'],
  });
}

function fieldsOf(leaf: Certificate): EndorsementFields | SnpInputError {
  try {
    return parseEndorsementFields(leaf);
  } catch (cause) {
    if (cause instanceof SnpInputError) return cause;
    throw cause;
  }
}

async function chainOf(
  request: EndorsementChainRequest,
): Promise<EndorsementChain | SnpError | ChainUndecidedError> {
  try {
    return await verifyEndorsementChain(request);
  } catch (cause) {
    if (cause instanceof SnpError || cause instanceof ChainUndecidedError) return cause;
    throw cause;
  }
}

function isChain(chain: EndorsementChain | Error): chain is EndorsementChain {
  return !(chain instanceof Error);
}

/** The intermediate and root against what the leaf says of itself: a root of one product vouches for no other. */
function matchChain(fields: EndorsementFields, { product, kind }: EndorsementChain): readonly SnpFinding[] {
  const findings: SnpFinding[] = [];
  if (fields.product !== product) {
    const [got, want] = [fields.product, product];
    findings.push({ code: 'product-mismatch', message: 'root is of another product', got, want });
  }
  if (fields.kind !== kind) {
    const [got, want] = [fields.kind, kind];
    findings.push({ code: 'signing-key-mismatch', message: 'issuer is for another kind of key', got, want });
  }
  return findings;
}

function asFinding({ message, got, want, cause }: SnpInputError): SnpFinding {
  return { code: 'certificate-fields-malformed', message, got, want, cause };
}
