import { CodedError } from '@asterism/bytes';
import { collateralFromPcs, TCB_SIGNER, type SignedDocument, type TdxCollateral } from '@asterism/tdx';
import {
  ChainError,
  commonNameOf,
  ecdsaRawToDer,
  verifySignature,
  X509Error,
  type Certificate,
} from '@asterism/x509';
import { joinCollateral, type Collateral } from './collateral.ts';
import { CollateralFormatError, type CollateralFormatErrorCode } from './errors.ts';
import { issuersOf } from './issuers.ts';
import { joinContent, readContent, type Content, type SignedAnswer } from './read-content.ts';
import { isOfIntel } from './read-json.ts';

/** Most files, and most bytes of one and of all: a revocation list has up to 8 MiB, twice that in hexadecimal. */
const MOST_FILES = 1024;
const MOST_BYTES_OF_ONE = 16 * 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
/** Most certificates and most lists of all files together. */
const MOST_ITEMS = 4096;

export interface CollateralFile {
  /** For messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** It was found in a folder rather than named: if it is something else it is passed over, and told. */
  readonly inFolder?: boolean | undefined;
}

export interface SkippedFile {
  readonly name: string;
  readonly code: CollateralFormatErrorCode;
  readonly reason: string;
  /** It was meant as a document of Intel's: JSON, or its beginning, with a member that only such a document has. */
  readonly isDocument: boolean;
}

export interface ReadCollateral extends Collateral {
  readonly skipped: readonly SkippedFile[];
}

/**
 * Sorts files of any name by what is in them. Signed documents of Intel's are joined with their issuers, wherever among
 * the files those are: the vendor sends them in a header. Nothing is verified, except that a document is given to the
 * one of several issuers that signed it.
 * @throws CollateralFormatError naming the file
 * @example const collateral = await readCollateral([{ name: 'cert_chain', bytes }]);
 */
export async function readCollateral(files: readonly CollateralFile[]): Promise<ReadCollateral> {
  checkBounds(files);
  const contents: Content[] = [];
  const skipped: SkippedFile[] = [];
  for (const file of files) {
    try {
      contents.push(await readFile(file));
    } catch (cause) {
      if (!(cause instanceof CollateralFormatError) || file.inFolder !== true) throw cause;
      const { code, message: reason } = cause;
      const isDocument = code === 'collateral-malformed' && isOfIntel(file.bytes);
      skipped.push({ name: file.name, code, reason, isDocument });
    }
  }
  const { certificates, crls, tdx, answers } = joinContent(contents);
  checkMost('certificates', certificates.length, MOST_ITEMS);
  checkMost('revocation lists', crls.length, MOST_ITEMS);
  const once = joinCollateral([{ certificates, crls, tdx }]);
  const documents = await Promise.all(answers.map((answer) => withIssuers(answer, once.certificates)));
  const collateral = { ...once, tdx: [...tdx, ...documents] };
  return { ...collateral, skipped };
}

/** An answer is read with its file, so that the message names the file. */
async function readFile({ name, bytes }: CollateralFile): Promise<Content> {
  try {
    if (bytes.length === 0) throw new CollateralFormatError('collateral-unknown', 'empty');
    const content = readContent(bytes);
    await Promise.all(content.answers.map((answer) => withIssuers(answer, [])));
    return content;
  } catch (cause) {
    if (!(cause instanceof CodedError) || cause.outcome !== 'input') throw cause;
    const code = cause instanceof CollateralFormatError ? cause.code : 'collateral-malformed';
    const { got, want } = cause;
    throw new CollateralFormatError(code, `${name}: ${cause.message}`, { got, want, cause });
  }
}

async function withIssuers(
  { name, body, issuerChain }: SignedAnswer,
  certificates: readonly Certificate[],
): Promise<TdxCollateral> {
  const read = collateralFromPcs({ [name]: { body, issuerChain } });
  const document = read[name];
  if (document === undefined || document.issuers.length > 0) return read;
  const signers = certificates.filter(({ subject }) => commonNameOf(subject) === TCB_SIGNER);
  const signer = await signerOf(document, signers);
  if (signer === undefined) return read;
  return { [name]: document.withIssuers([signer, ...issuersOf([signer], certificates)]) };
}

/** The one that signed; none of them: the first, so that the verification tells. */
async function signerOf(
  { signed, signature }: SignedDocument<unknown>,
  signers: readonly Certificate[],
): Promise<Certificate | undefined> {
  for (const signer of signers) {
    try {
      const der = ecdsaRawToDer(signature, 'P-256');
      await verifySignature(signer.spki, { kind: 'ecdsa', hash: 'SHA-256' }, signed, der);
      return signer;
    } catch (cause) {
      if (!(cause instanceof ChainError || cause instanceof X509Error)) throw cause;
    }
  }
  return signers[0];
}

function checkBounds(files: readonly CollateralFile[]): void {
  checkMost('files', files.length, MOST_FILES);
  for (const { name, bytes } of files) checkMost(`bytes of ${name}`, bytes.length, MOST_BYTES_OF_ONE);
  checkMost(
    'bytes',
    files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    MOST_BYTES,
  );
}

function checkMost(what: string, got: number, want: number): void {
  if (got > want) throw new CollateralFormatError('collateral-too-large', `too many ${what}`, { got, want });
}
