import { concat, digest, type Bytes, type HashAlgorithm } from '@asterism/bytes';
import type { QuoteRequest } from '@asterism/contracts';
import { extendRtmr } from '@asterism/tdx';

type Bank = QuoteRequest['bank'];

export const BANK_HASH: Readonly<Record<Bank, { algorithm: HashAlgorithm; length: number }>> = {
  sha256: { algorithm: 'SHA-256', length: 32 },
  sha384: { algorithm: 'SHA-384', length: 48 },
};

/**
 * The digest that the lock extends: the hash of the 32-byte clusterId (protocol §5), by that of the PCR's bank; for RTMR 2
 * SHA-384.
 */
export function lockDigest(bank: Bank, clusterId: Uint8Array): Promise<Bytes> {
  return digest(BANK_HASH[bank].algorithm, clusterId);
}

/** PCR 15 after the lock: hash(zeros ‖ hash(clusterId)). A machine that is not locked has zeros. */
export async function lockedPcr15(bank: Bank, clusterId: Uint8Array): Promise<Bytes> {
  const { algorithm, length } = BANK_HASH[bank];
  return digest(algorithm, concat(new Uint8Array(length), await lockDigest(bank, clusterId)));
}

/** RTMR 2 after the lock: SHA-384(as booted ‖ SHA-384(clusterId)). */
export async function lockedRtmr2(booted: Uint8Array, clusterId: Uint8Array): Promise<Bytes> {
  return extendRtmr(booted, await lockDigest('sha384', clusterId));
}
