import { fromBase64url } from '@asterism/bytes';
import { collateralBundleSchema } from '@asterism/contracts';
import { parseTdxCollateral } from '@asterism/tdx';
import { CollateralFormatError } from './errors.ts';
import {
  joinContent,
  NO_CONTENT,
  readContent,
  readText,
  type Content,
  type SignedAnswer,
} from './read-content.ts';

type JsonRecord = Readonly<Record<string, unknown>>;
type Reader = (value: JsonRecord, text: string) => Content;

/** By the members that only such a document has. */
const READERS: readonly (readonly [members: readonly string[], read: Reader])[] = [
  [['tcbInfo', 'signature'], (value, text) => answer('tcbInfo', 'tcbInfo', value, text)],
  [['enclaveIdentity', 'signature'], (value, text) => answer('qeIdentity', 'enclaveIdentity', value, text)],
  [['schema', 'items'], readBundle],
  [['vcekCert', 'certificateChain'], readAzure],
  ...['root_ca_crl', 'pck_crl', 'tcb_info', 'qe_identity'].map(
    (member): readonly [readonly string[], Reader] => [
      [member],
      (value) => ({ ...NO_CONTENT, tdx: [parseTdxCollateral(value)] }),
    ],
  ),
];

/** @throws CollateralFormatError, and what the readers of the formats throw */
export function readJson(text: string): Content {
  const value = parse(text);
  const reader = READERS.find(([members]) => members.every((member) => Object.hasOwn(value, member)));
  if (reader !== undefined) return reader[1](value, text);
  throw new CollateralFormatError('collateral-unknown', 'JSON is of no known layout', {
    got: Object.keys(value).slice(0, 16),
  });
}

function parse(text: string): JsonRecord {
  try {
    return JSON.parse(text) as JsonRecord;
  } catch (cause) {
    throw new CollateralFormatError('collateral-malformed', 'not JSON', { cause });
  }
}

/**
 * The signature is over the compact text. One that a tool has indented since is compacted again, which changes nothing
 * that is believed: the signature must still be over the text that is read.
 */
function answer(name: SignedAnswer['name'], member: string, value: JsonRecord, text: string): Content {
  const compact = (): string => JSON.stringify({ [member]: value[member], signature: value['signature'] });
  const body = text.startsWith(`{"${member}":`) ? text : compact();
  return { ...NO_CONTENT, answers: [{ name, body, issuerChain: undefined }] };
}

/** Every item with the issuers that came with it. */
function readBundle(value: JsonRecord): Content {
  const bundle = collateralBundleSchema.safeParse(value);
  if (!bundle.success) {
    const [issue] = bundle.error.issues;
    const path = (issue?.path ?? []).join('.').slice(0, 200);
    throw new CollateralFormatError('collateral-malformed', `bundle: ${path}: ${issue?.code ?? 'invalid'}`, {
      cause: bundle.error,
    });
  }
  return joinContent(
    bundle.data.items.map(({ content, issuerChain }) => {
      const read = readContent(fromBase64url(content));
      if (issuerChain === null) return read;
      const answers = read.answers.map((one) => ({ ...one, issuerChain }));
      return joinContent([{ ...read, answers }, readText(issuerChain)]);
    }),
  );
}

/** What Azure's metadata service hands a guest (`/metadata/THIM/amd/certification`). */
function readAzure({ vcekCert, certificateChain }: JsonRecord): Content {
  if (typeof vcekCert !== 'string' || typeof certificateChain !== 'string') {
    throw new CollateralFormatError('collateral-malformed', 'certificates are not texts');
  }
  return joinContent([readText(vcekCert), readText(certificateChain)]);
}

const INTELS =
  /"(?:tcbInfo|enclaveIdentity|root_ca_crl|pck_crl|tcb_info_signature|qe_identity_signature)"\s*:/;

/** By a member that no other JSON has, so that what is broken is still known for what it was meant as. */
export function isOfIntel(bytes: Uint8Array): boolean {
  return INTELS.test(new TextDecoder('latin1').decode(bytes));
}
