import { concat, Writer, type Bytes } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import { hashBytes, hashLength, type PcrBank } from '../structures/algorithms.ts';
import { toObjectAttributes } from '../structures/attributes.ts';
import { encodePcrSelections, pcrSelection, readPcrSelections } from '../structures/pcr-selection.ts';
import { decodePublic, encodePublic, type KeyedHashPublic } from '../structures/public-area.ts';
import { withSession, withStorageRoot } from './keys.ts';
import type { QuoteSelection } from './quote.ts';
import { SESSION_HASH } from './session.ts';
import type { CreatedObject, Tpm } from './tpm.ts';

/** "ASL1": which PCRs the policy names is not in the TPM's blobs, so it is kept beside them. */
const MAGIC = 0x41534c31;

function template(authPolicy: Bytes): KeyedHashPublic {
  return {
    type: 'keyedhash',
    nameAlg: 'sha256',
    // No userWithAuth: the policy is the only way to the data.
    attributes: toObjectAttributes(['fixedTpm', 'fixedParent', 'noDa']),
    authPolicy,
    hmac: null,
    unique: new Uint8Array(),
  };
}

function encodeSealed(selection: QuoteSelection, created: CreatedObject): Bytes {
  return new Writer('big')
    .u32(MAGIC)
    .bytes(encodePcrSelections([pcrSelection(selection.bank, selection.pcrs)]))
    .sized16(encodePublic(created.public))
    .sized16(created.private)
    .finish();
}

function isBank(bank: string): bank is PcrBank {
  return bank === 'sha256' || bank === 'sha384';
}

function decodeSealed(blob: Uint8Array): { selection: QuoteSelection; created: CreatedObject } {
  return readStructure('sealed blob', blob, (reader) => {
    const magic = reader.u32();
    const [selection, ...more] = readPcrSelections(reader);
    if (magic !== MAGIC || selection === undefined || more.length > 0 || !isBank(selection.bank)) {
      throw new TpmFormatError('malformed', 'sealed blob: header', { got: magic, want: MAGIC });
    }
    const { bank, pcrs } = selection;
    const publicArea = decodePublic(reader.sized16(1024));
    return { selection: { bank, pcrs }, created: { public: publicArea, private: reader.sized16(1024) } };
  });
}

/**
 * The digest that a policy session has of PCR values: SHA-256 over them in ascending order of the PCRs, whatever the bank.
 * @param expected values that PCRs of the selection will have after a planned change; the others are read
 * @throws TpmFormatError `malformed` on a value of another length or for a PCR outside the selection
 */
export async function policyPcrDigest(
  tpm: Tpm,
  { bank, pcrs }: QuoteSelection,
  expected: ReadonlyMap<number, Uint8Array> = new Map(),
): Promise<Bytes> {
  for (const [pcr, value] of expected) {
    if (!pcrs.includes(pcr) || value.length !== hashLength(bank)) {
      throw new TpmFormatError('malformed', `expected value of PCR ${pcr}`, {
        got: pcrs.includes(pcr) ? value.length : 'PCR is not selected',
        want: hashLength(bank),
      });
    }
  }
  const present = await tpm.pcrRead(
    bank,
    pcrs.filter((pcr) => !expected.has(pcr)),
  );
  const values = new Map<number, Uint8Array>([...present, ...expected]);
  const ascending = [...values].sort(([a], [b]) => a - b).map(([, value]) => value);
  return hashBytes(SESSION_HASH, concat(...ascending));
}

async function pcrPolicy(tpm: Tpm, { bank, pcrs }: QuoteSelection, pcrDigest: Uint8Array): Promise<Bytes> {
  const trial = await tpm.startTrialSession();
  try {
    await tpm.policyPcr(trial, bank, pcrs, pcrDigest);
    return await tpm.policyGetDigest(trial);
  } finally {
    await tpm.flush(trial);
  }
}

/**
 * Seals 1 to 128 bytes to this TPM and to values of the PCRs. The data crosses the bus encrypted. The blob may be kept
 * anywhere.
 * @param pcrDigest of the values (`policyPcrDigest`); the present ones where it is absent
 */
export function seal(
  tpm: Tpm,
  data: Uint8Array,
  selection: QuoteSelection,
  pcrDigest?: Uint8Array,
): Promise<Bytes> {
  if (data.length === 0 || selection.pcrs.length === 0) {
    return Promise.reject(new TpmFormatError('malformed', 'nothing to seal, or to no PCR'));
  }
  return tpm.exclusive(() =>
    withStorageRoot(tpm, async (root) => {
      const area = template(await pcrPolicy(tpm, selection, pcrDigest ?? new Uint8Array()));
      return withSession(tpm, 'hmac', root, async (session) =>
        encodeSealed(selection, await tpm.create(root, area, data, session.authorization({ command: true }))),
      );
    }),
  );
}

/**
 * @throws TpmCommandError `policy-failed` where a PCR has another value than at sealing, `command-failed` where the
 * blob is of another TPM or altered; TpmFormatError where it is not a blob.
 */
export function unseal(tpm: Tpm, blob: Uint8Array): Promise<Bytes> {
  return tpm.exclusive(async () => {
    const { selection, created } = decodeSealed(blob);
    return withStorageRoot(tpm, async (root) => {
      const object = await tpm.load(root, created);
      try {
        return await withSession(tpm, 'policy', root, async (session) => {
          await tpm.policyPcr(session, selection.bank, selection.pcrs);
          return tpm.unseal(object, session.authorization({ response: true }));
        });
      } finally {
        await tpm.flush(object);
      }
    });
  });
}
