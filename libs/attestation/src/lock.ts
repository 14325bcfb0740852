import { concat, digest, type Bytes, type HashAlgorithm } from '@asterism/bytes';
import type { QuoteRequest } from '@asterism/contracts';

type Bank = QuoteRequest['bank'];

export const BANK_HASH: Readonly<Record<Bank, { algorithm: HashAlgorithm; length: number }>> = {
  sha256: { algorithm: 'SHA-256', length: 32 },
  sha384: { algorithm: 'SHA-384', length: 48 },
};

/** The digest that the lock extends into PCR 15 of a bank: the bank's hash of the 32-byte clusterId (protocol §5). */
export function lockDigest(bank: Bank, clusterId: Uint8Array): Promise<Bytes> {
  return digest(BANK_HASH[bank].algorithm, clusterId);
}

/** PCR 15 after the lock: hash(zeros ‖ hash(clusterId)). A machine that is not locked has zeros. */
export async function lockedPcr15(bank: Bank, clusterId: Uint8Array): Promise<Bytes> {
  const { algorithm, length } = BANK_HASH[bank];
  return digest(algorithm, concat(new Uint8Array(length), await lockDigest(bank, clusterId)));
}
